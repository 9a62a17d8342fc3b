"""Signatures over checkpoints: a DSSE envelope in a file of its own.

In: a checkpoint and a signer, or an envelope and a public key. Out: the envelope as JSON, or why it shows nothing. The
envelope is DSSE's (https://github.com/secure-systems-lab/dsse), its payload the three lines of the checkpoint. Keys
are Ed25519 or ECDSA P-256; a private one is held in memory only and is never part of an error or a file.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicNumbers as PublicPoint
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import UnverifiedSignatureError
from securesystemslib.signer import CryptoSigner, Key, SecretsHandler, Signature, Signer, SSlibKey

from lakezones.errors import ConfigError, InputError, LakezonesError
from lakezones.review.log.checkpoints import Checkpoint
from lakezones.review.log.merkle import Tree

PAYLOAD: Final = "application/vnd.lakezones.checkpoint"
"""Type of what is signed."""

Call = Callable[[str, Mapping[str, Any] | None], Mapping[str, Any]]
"""Asks a key in Azure Key Vault: a part of its address and a body to post, or None to read; gives the answer."""

_KINDS: Final = "an Ed25519 or ECDSA P-256 key in PEM"


def local_signer(pem: bytes, *, name: str, passphrase: bytes | None = None) -> Signer:
    """A signer with a private key from a file.

    Parameters
    ----------
    pem
        The file: PKCS #8 in PEM.
    name
        What the file is called in errors.
    passphrase
        Where the key is encrypted.

    Raises
    ------
    ConfigError
        If it is not a key that signs here; says why, never what is in it.
    """
    hint = "make one: openssl genpkey -algorithm ed25519 -out key.pem"
    try:
        key = load_pem_private_key(pem, passphrase)
    except TypeError:
        without = "is encrypted, and no passphrase was given" if passphrase is None else "is not encrypted"
        raise ConfigError(
            f"signing key {name} {without}", hint="the passphrase is read from LAKEZONES_KEY_PASSPHRASE"
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        what = "cannot be read" if passphrase is None else "cannot be read with this passphrase"
        raise ConfigError(f"signing key {name} {what}: {_KINDS} is needed", hint=hint) from None
    fits = isinstance(key, Ed25519PrivateKey) or (
        isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, SECP256R1)
    )
    if not fits:
        raise ConfigError(f"signing key {name} is of another kind: {_KINDS} is needed", hint=hint)
    return CryptoSigner(key)


def public_key(pem: bytes, *, name: str) -> Key:
    """A public key from a file in PEM.

    Raises
    ------
    InputError
        If it is none, or a private one.
    """
    hint = "get it from the private key: openssl pkey -in key.pem -pubout -out key.pub"
    if b"PRIVATE KEY" in pem:
        raise InputError(f"{name} is a private key: keep it to yourself, the public one is needed", hint=hint)
    try:
        key = load_pem_public_key(pem)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise InputError(f"{name} is not a public key in PEM", hint=hint) from None
    if not isinstance(key, Ed25519PublicKey) and not (
        isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1)
    ):
        raise InputError(f"{name} is a key of another kind than {_KINDS}", hint=hint)
    return SSlibKey.from_crypto(key)


def sign(checkpoint: Checkpoint, signer: Signer) -> str:
    """The envelope of a checkpoint with its signature, as JSON in one line."""
    envelope = Envelope(str(checkpoint).encode(), PAYLOAD, {})
    envelope.sign(signer)
    return json.dumps(envelope.to_dict(), sort_keys=True) + "\n"


def unsigned(records: Sequence[Mapping[str, Any]], tree: Tree, envelopes: Sequence[str], key: Key | None) -> list[str]:
    """Batches that name a key, and are under no signature of it.

    Parameters
    ----------
    records
        Records of the log; a batch with a ``key_id`` says that the checkpoint after it was signed with that key.
    tree
        The tree over the log.
    envelopes
        All envelopes that were kept.
    key
        A public key: its signatures are verified. Those of other keys are only looked for.

    Returns
    -------
    list of str
        What is wrong, a sentence each.
    """
    return [
        f"batch {record['record_id']} (record {number:,}) names the key {record['key_id'][:16]}, and no signature "
        "of it over a checkpoint with that batch is kept"
        for number, record in _unsigned(records, tree, envelopes, key)
    ]


def signed(records: Sequence[Mapping[str, Any]], tree: Tree, envelopes: Sequence[str]) -> frozenset[str]:
    """Ids of batches that name a key, and are under a signature that says it is of it; none is verified here.

    Parameters as in `unsigned`.
    """
    missing = {number for number, _ in _unsigned(records, tree, envelopes, None)}
    keyed = [one for number, one in enumerate(records, start=1) if number not in missing and _names_key(one)]
    return frozenset(one["record_id"] for one in keyed)


def _names_key(record: Mapping[str, Any]) -> bool:
    return record["kind"] == "batch" and isinstance(record.get("key_id"), str)


def _unsigned(
    records: Sequence[Mapping[str, Any]], tree: Tree, envelopes: Sequence[str], key: Key | None
) -> list[tuple[int, Mapping[str, Any]]]:
    """Batches that name a key and are under no signature of it, each with its number."""
    reach: dict[str, int] = {}
    for text in envelopes:
        try:
            found = Envelope.from_dict(json.loads(text))
            point = Checkpoint.parse(bytes(found.payload).decode())
        except Exception as error:
            if not _unreadable(error):
                raise
            continue
        if point.size > len(tree) or tree.root(point.size) != point.root:
            continue
        for key_id in found.signatures:
            if key is None or key.keyid != key_id or not signature_fault(text, key, point):
                reach[key_id] = max(reach.get(key_id, 0), point.size)
    return [
        (number, record)
        for number, record in enumerate(records, start=1)
        if _names_key(record) and reach.get(record["key_id"], 0) < number
    ]


def signature_fault(envelope: str, key: Key, checkpoint: Checkpoint) -> str:
    """Why an envelope does not show that the holder of `key` signed `checkpoint`; empty where it does."""
    try:
        found = Envelope.from_dict(json.loads(envelope))
        payload, kind = bytes(found.payload), str(found.payload_type)
    except Exception as error:
        if _unreadable(error):
            return "the signature file is not a DSSE envelope"
        raise
    if kind != PAYLOAD:
        return f"the signature is over something else than a checkpoint: {kind[:60]!r}"
    if payload != str(checkpoint).encode():
        return "the signature is over another checkpoint"
    if key.keyid not in found.signatures:
        return f"the checkpoint is signed by another key ({', '.join(found.signatures)[:80] or 'none'})"
    try:
        key.verify_signature(found.signatures[key.keyid], found.pae())
    except UnverifiedSignatureError:
        return "the signature is not one of this key over this checkpoint"
    return ""


def _unreadable(error: Exception) -> bool:
    """Whether an error says that something is no envelope; those of securesystemslib have no base of their own."""
    if isinstance(error, (ValueError, KeyError, TypeError, AttributeError, RecursionError, InputError)):
        return True
    return type(error).__module__.startswith("securesystemslib")


class VaultSigner(Signer):
    """ECDSA P-256 with a key that stays in Azure Key Vault.

    Parameters
    ----------
    call
        Asks the key; see `Call`. It answers as the REST API of version 7.4 does
        (https://learn.microsoft.com/rest/api/keyvault/keys/sign/sign).
    name
        What the key is called in errors.

    Raises
    ------
    ConfigError
        If the key is none of EC on the curve P-256.
    """

    def __init__(self, call: Call, *, name: str) -> None:
        self._call = call
        self._name = name
        answer = call("", None).get("key")
        key = answer if isinstance(answer, Mapping) else {}
        if not str(key.get("kty", "")).startswith("EC") or key.get("crv") != "P-256":
            found = f"{key.get('kty', '?')} {key.get('crv', '')}".strip()
            raise ConfigError(f"signing key {name} is {found[:40]}", hint="make one: --kty EC --curve P-256")
        try:
            x, y = (int.from_bytes(_decoded(key[part])) for part in ("x", "y"))
            self._public = SSlibKey.from_crypto(PublicPoint(x, y, SECP256R1()).public_key())
        except (KeyError, ValueError):
            raise ConfigError(f"signing key {name}: the answer has no point on P-256") from None

    @property
    def public_key(self) -> Key:
        """The public half."""
        return self._public

    @classmethod
    def from_priv_key_uri(
        cls, priv_key_uri: str, public_key: Key, secrets_handler: SecretsHandler | None = None
    ) -> "VaultSigner":
        """Not offered: a vault is named in the settings."""
        raise NotImplementedError

    def sign(self, payload: bytes) -> Signature:
        """Sign by a call to the vault, and look at what came back before it is used.

        Raises
        ------
        LakezonesError
            If the answer is not a signature of this key.
        """
        digest = base64.urlsafe_b64encode(hashlib.sha256(payload).digest()).rstrip(b"=").decode()
        answer = self._call("/sign", {"alg": "ES256", "value": digest})
        try:
            both = _decoded(answer["value"])
            if len(both) != 64:
                raise ValueError
            signed = encode_dss_signature(int.from_bytes(both[:32]), int.from_bytes(both[32:])).hex()
            signature = Signature(self._public.keyid, signed)
            self._public.verify_signature(signature, payload)
        except (KeyError, ValueError, UnverifiedSignatureError):
            raise LakezonesError(f"signing key {self._name}: what came back is not its signature") from None
        return signature


def _decoded(value: object) -> bytes:
    """Bytes out of base64 for URLs, without padding."""
    text = str(value)
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
