"""ACLs: one case per rule of the documented access check.

Source of every case unless it names another:
https://learn.microsoft.com/azure/storage/blobs/data-lake-storage-access-control#how-permissions-are-evaluated
"""

from typing import Any

import pytest

from lakezones.access.routes.acl import parse_acl
from lakezones.errors import InputError
from tests.access.test_rules import access, assignment

MODEL = "https://learn.microsoft.com/azure/storage/blobs/data-lake-storage-access-control-model"


def acl(*named: str, user: str = "rwx", group: str = "---", mask: str = "", other: str = "---") -> str:
    """An ACL text."""
    masked = [f"mask::{mask}"] if mask else []
    return ",".join([f"user::{user}", f"group::{group}", *named, *masked, f"other::{other}"])


def held(
    paths: dict[str, str], person: str = "ann", *, member_of: tuple[str, ...] = (), owner: str = "", group: str = ""
) -> dict[str, int]:
    """Level by lane from ACL texts by path; ann is in the groups of `member_of`."""
    rows = [
        {"container": "c", "path": path, "acl": text, "owner": owner or None, "owning_group": group or None}
        for path, text in paths.items()
    ]
    return access(person, acls=rows, memberships=[{"group_id": g, "member_id": "ann"} for g in member_of])


CASES: dict[str, tuple[dict[str, str], dict[str, Any], dict[str, int]]] = {
    "r on the file and x on the root": ({"/": acl("user:ann:r-x"), "f": acl("user:ann:r--")}, {}, {"data": 1}),
    "w on the file and wx on its folder": ({"/": acl("user:ann:rwx"), "f": acl("user:ann:rw-")}, {}, {"data": 3}),
    "w on the file alone": ({"/": acl("user:ann:r-x"), "f": acl("user:ann:rw-")}, {}, {"data": 1}),
    "w without r": ({"/": acl("user:ann:-wx"), "f": acl("user:ann:-w-")}, {}, {"data": 2}),
    "no x on the root": ({"/": acl("user:ann:r--"), "f": acl("user:ann:r--")}, {}, {}),
    "x on the root by other": ({"/": acl(other="--x"), "f": acl("user:ann:r--")}, {}, {"data": 1}),
    "no x on a folder between": (
        {"/": acl("user:ann:r-x"), "d": acl("user:ann:r--"), "d/f": acl("user:ann:r--")},
        {},
        {},
    ),
    "a root that can be read gives no data": ({"/": acl("user:ann:r-x"), "f": acl()}, {}, {}),
    "the root alone was read": ({"/": acl("user:ann:r-x")}, {}, {"conditional": 1}),
    "the root was not read": ({"f": acl("user:ann:r--")}, {}, {"conditional": 1}),
    "only folders were read": ({"/": acl("user:ann:r-x"), "d/": acl("user:ann:r-x")}, {}, {"conditional": 1}),
    "some files but not all": (
        {"/": acl("user:ann:r-x"), "f": acl("user:ann:r--"), "g": acl()},
        {},
        {"conditional": 1},
    ),
    "the mask caps named users": (
        {"/": acl("user:ann:rwx", mask="r-x"), "f": acl("user:ann:rw-", mask="r--")},
        {},
        {"data": 1},
    ),
    "the mask caps named groups": (
        {"/": acl("group:g:rwx", mask="r-x"), "f": acl("group:g:rw-", mask="r--")},
        {"member_of": ("g",)},
        {"data": 1},
    ),
    "the mask caps the owning group": (
        {"/": acl(group="rwx", mask="r-x"), "f": acl(group="rw-", mask="r--")},
        {"group": "g", "member_of": ("g",)},
        {"data": 1},
    ),
    "the mask never caps the owner": (
        {"/": acl(mask="---"), "f": acl(user="rw-", mask="---")},
        {"owner": "ann"},
        {"data": 3},
    ),
    "the owner's entry alone counts for the owner": (
        {"/": acl(user="---", group="rwx", other="rwx"), "f": acl(user="---", group="rwx", other="rwx")},
        {"owner": "ann", "group": "g", "member_of": ("g",)},
        {},
    ),
    "a named user's entry wins over groups": (
        {"/": acl("user:ann:---", "group:g:r-x"), "f": acl("user:ann:---", "group:g:r--")},
        {"member_of": ("g",)},
        {},
    ),
    "two groups give together what neither gives": (
        {"/": acl("group:g:--x"), "f": acl("group:h:r--")},
        {"member_of": ("g", "h")},
        {"data": 1},
    ),
    "w and x of two groups are not wx": (
        {"/": acl("group:g:-w-", "group:h:--x"), "f": acl("group:g:rw-")},
        {"member_of": ("g", "h")},
        {"data": 1},
    ),
    "groups that do not grant fall through to other": (
        {"/": acl("group:g:---", other="r-x"), "f": acl("group:g:--x", other="r--")},
        {"member_of": ("g",)},
        {"data": 1},
    ),
    "what other opens is nobody's own": ({"/": acl(other="r-x"), "f": acl(other="r--")}, {}, {}),
    "default entries decide nothing": ({"/": acl("default:user:ann:r-x"), "f": acl()}, {}, {}),
    "a sticky bit over x is x": ({"/": acl("user:ann:r-t"), "f": acl("user:ann:r--")}, {}, {"data": 1}),
}


@pytest.mark.parametrize(("paths", "more", "expected"), CASES.values(), ids=CASES.keys())
def test_acls(paths: dict[str, str], more: dict[str, Any], expected: dict[str, int]) -> None:
    assert held(paths, **more) == expected


def test_other_opens_to_everybody_of_the_directory() -> None:
    assert held({"/": acl(other="r-x"), "f": acl(other="r--")}, "authenticated") == {"conditional": 1}
    assert held({"/": acl(mask="--x", other="r-x"), "f": acl(mask="---", other="r--")}, "authenticated") == {}


def test_acls_cannot_restrict_what_a_role_grants() -> None:
    rows = [{"container": "c", "path": "/", "acl": acl("user:ann:---")}]
    assert access(acls=rows, role_assignments=[assignment()]) == {"data": 1}, MODEL


def test_acls_decide_nothing_in_a_flat_account() -> None:
    flat = [{"account": "lake", "subscription_id": "s", "resource_group": "rg", "hns": False}]
    rows = [{"container": "c", "path": path, "acl": acl("user:ann:r-x")} for path in ("/", "f")]
    assert access(accounts=flat, acls=rows) == {}


@pytest.mark.parametrize("text", ["user::rw", "user:ann", "owner::rwx", "user::rwz,other::---", "mask:x:r--"])
def test_a_broken_acl_is_an_error_with_a_hint(text: str) -> None:
    with pytest.raises(InputError) as raised:
        parse_acl(text)
    assert text in str(raised.value)
    assert raised.value.hint
