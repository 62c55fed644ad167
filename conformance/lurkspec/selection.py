"""Which cases a run takes."""

from __future__ import annotations

from fnmatch import fnmatchcase

from .case import Case, Profile, Role


PROTOCOLS = ("ski", "lurk")


class NothingSelected(Exception):
    """Zero cases is never a result; the text is one line."""


def select(
    table: dict[str, Case],
    only: tuple[str, ...] = (),
    sections: tuple[str, ...] = (),
    profile: Profile = Profile.DEFAULT,
    protocols: tuple[str, ...] = PROTOCOLS,
    role: Role = Role.KEYSERVER,
) -> list[Case]:
    """Cases of this role and these protocols whose id matches a glob of `only` and whose section contains one
    of `sections`; named ones whatever their profile."""
    for pattern in only:
        if not any(fnmatchcase(id, pattern) for id in table):
            raise NothingSelected(f"no case matches {pattern!r}: see `lurkspec list`")
    exact = set(only)
    chosen = [
        c
        for c in table.values()
        if (not only or any(fnmatchcase(c.id, pattern) for pattern in only))
        and (not sections or any(s.lower() in c.section.lower() or s == c.module for s in sections))
        and (c.profile <= profile or c.id in exact)
        and c.protocol in protocols
        and c.role is role
    ]
    if not chosen:
        raise NothingSelected("no case is selected: see `lurkspec list` for ids, sections and profiles")
    return chosen
