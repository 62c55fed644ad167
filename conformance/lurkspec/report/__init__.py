"""One result model, and what is made of it: terminal, JSON, JUnit, HTML, a directory per failure."""
