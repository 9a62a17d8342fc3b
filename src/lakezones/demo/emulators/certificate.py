"""Certificates for servers on this machine, each from an authority of its own.

In: a private folder. Out: PEM files in it. Nothing is added to the machine's trusted authorities.
"""

from dataclasses import dataclass
from pathlib import Path

from lakezones.extras import needed


@dataclass(frozen=True)
class Certificate:
    """PEM files: the server's chain, its private key, and the authority that clients trust."""

    chain: Path
    key: Path
    authority: Path


def make_certificate(folder: Path) -> Certificate:
    """Write a certificate for 127.0.0.1 and localhost.

    Raises
    ------
    MissingPackageError
        Without the package trustme.
    """
    trustme = needed("trustme", extra="demo")
    made = Certificate(folder / "server.pem", folder / "server.key", folder / "ca.pem")
    authority = trustme.CA()
    server = authority.issue_cert("127.0.0.1", "localhost")
    made.chain.write_bytes(b"".join(part.bytes() for part in server.cert_chain_pems))
    server.private_key_pem.write_to_path(str(made.key))
    authority.cert_pem.write_to_path(str(made.authority))
    return made
