"""Campaigns over the fuzz targets: ci/fuzz, ci/fuzz-planted, fuzz/triage, fuzz/minimise, fuzz/coverage."""
