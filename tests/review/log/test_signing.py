"""A signature shows that the holder of one key saw one checkpoint; whatever else it is, it says why not."""

import base64
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from lakezones.errors import ConfigError, InputError, LakezonesError
from lakezones.review.log import Checkpoint
from lakezones.review.log.signing import VaultSigner, local_signer, public_key, sign, signature_fault

POINT = Checkpoint("bank.example/lake", 12, bytes(range(32)))
OTHER = Checkpoint("bank.example/lake", 13, bytes(range(32)))
Private = Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def private_pem(key: Private, passphrase: bytes | None = None) -> bytes:
    how = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how)


def public_pem(key: Private) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@cache
def keys() -> dict[str, Private]:
    return {
        "ed25519": Ed25519PrivateKey.generate(),
        "p256": ec.generate_private_key(ec.SECP256R1()),
        "p384": ec.generate_private_key(ec.SECP384R1()),
        "rsa": rsa.generate_private_key(65537, 2048),
    }


@pytest.mark.parametrize("kind", ["ed25519", "p256"])
def test_a_signature_is_of_one_key_over_one_checkpoint(kind: str) -> None:
    key = keys()[kind]
    public = public_key(public_pem(key), name="key.pub")
    envelope = sign(POINT, local_signer(private_pem(key), name="key.pem"))
    assert signature_fault(envelope, public, POINT) == ""
    assert signature_fault(envelope, public, OTHER) == "the signature is over another checkpoint"
    stranger = public_key(public_pem(Ed25519PrivateKey.generate()), name="other.pub")
    assert "signed by another key" in signature_fault(envelope, stranger, POINT)
    document = json.loads(envelope)
    assert base64.b64decode(document["payload"]).decode() == str(POINT)
    assert document["payloadType"] == "application/vnd.lakezones.checkpoint"


def changed(envelope: str, **values: Any) -> str:
    return json.dumps({**json.loads(envelope), **values})


def test_an_envelope_that_was_changed_shows_nothing() -> None:
    key = keys()["ed25519"]
    public = public_key(public_pem(key), name="key.pub")
    envelope = sign(POINT, local_signer(private_pem(key), name="key.pem"))
    one = json.loads(envelope)["signatures"][0]
    forged = changed(envelope, payload=base64.b64encode(str(OTHER).encode()).decode())
    assert signature_fault(forged, public, OTHER) == "the signature is not one of this key over this checkpoint"
    flipped = changed(envelope, signatures=[{**one, "sig": base64.b64encode(bytes(64)).decode()}])
    assert signature_fault(flipped, public, POINT) == "the signature is not one of this key over this checkpoint"
    assert "something else" in signature_fault(changed(envelope, payloadType="text/plain"), public, POINT)
    assert "another key (none)" in signature_fault(changed(envelope, signatures=[]), public, POINT)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "[]",
        "{}",
        "null",
        '{"payload": 1, "payloadType": 2, "signatures": 3}',
        '{"payload": "!", "payloadType": "a", "signatures": []}',
        '{"payload": "", "payloadType": "application/vnd.lakezones.checkpoint", "signatures": [{"keyid": 1}]}',
        '{"payload": "", "payloadType": "a", "signatures": [{"keyid": "a", "sig": "!!"}]}',
        '{"payload": "", "payloadType": "a", "signatures": [{"keyid": "a", "sig": ""}, {"keyid": "a", "sig": ""}]}',
        '{"payload": "", "payloadType": {}, "signatures": [[]]}',
    ],
)
def test_what_is_no_envelope_is_named(text: str) -> None:
    public = public_key(public_pem(keys()["ed25519"]), name="key.pub")
    assert signature_fault(text, public, POINT)


@pytest.mark.parametrize("kind", ["p384", "rsa"])
def test_keys_of_other_kinds_are_refused(kind: str) -> None:
    with pytest.raises(ConfigError, match="of another kind") as caught:
        local_signer(private_pem(keys()[kind]), name="key.pem")
    assert caught.value.hint
    with pytest.raises(InputError, match="another kind"):
        public_key(public_pem(keys()[kind]), name="key.pub")


def test_keys_that_cannot_be_read_are_refused_without_their_content() -> None:
    key = keys()["ed25519"]
    for pem in (b"", b"hello", private_pem(key)[:-40], public_pem(key), b"\xff\xfe"):
        with pytest.raises(ConfigError, match=r"key\.pem cannot be read") as caught:
            local_signer(pem, name="key.pem")
        assert "PRIVATE KEY" not in caught.value.message
        assert caught.value.__cause__ is None
    with pytest.raises(ConfigError, match="encrypted, and no passphrase"):
        local_signer(private_pem(key, b"open"), name="key.pem")
    with pytest.raises(ConfigError, match="with this passphrase"):
        local_signer(private_pem(key, b"open"), name="key.pem", passphrase=b"shut")
    with pytest.raises(ConfigError, match="is not encrypted"):
        local_signer(private_pem(key), name="key.pem", passphrase=b"open")
    signer = local_signer(private_pem(key, b"open"), name="key.pem", passphrase=b"open")
    assert signature_fault(sign(POINT, signer), public_key(public_pem(key), name="key.pub"), POINT) == ""


def test_a_private_key_is_not_taken_for_a_public_one() -> None:
    with pytest.raises(InputError, match="is a private key: keep it to yourself"):
        public_key(private_pem(keys()["ed25519"]), name="key.pem")
    with pytest.raises(InputError, match="not a public key in PEM"):
        public_key(b"ssh-ed25519 AAAA", name="key.pub")


class RecordedVault:
    """A key as the vault answers for it: the shapes of Microsoft's reference, signatures made here."""

    kid = "https://bank.vault.azure.net/keys/review/9885aa558e8d448789683188f8c194b0"

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self.key = key
        numbers = key.public_key().public_numbers()
        self.jwk = {"kid": self.kid, "kty": "EC-HSM", "crv": "P-256", "key_ops": ["sign", "verify"]}
        self.jwk |= {"x": encoded(numbers.x.to_bytes(32)), "y": encoded(numbers.y.to_bytes(32))}
        self.asked: list[tuple[str, Any]] = []

    def __call__(self, part: str, body: Mapping[str, Any] | None) -> Mapping[str, Any]:
        self.asked.append((part, body))
        if body is None:
            return {"key": self.jwk, "attributes": {"enabled": True, "recoveryLevel": "Recoverable"}}
        digest = base64.urlsafe_b64decode(body["value"] + "=")
        r, s = decode_dss_signature(self.key.sign(digest, ec.ECDSA(Prehashed(SHA256()))))
        return {"kid": self.kid, "value": encoded(r.to_bytes(32) + s.to_bytes(32))}


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def test_a_key_in_the_vault_signs_like_any_other() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    vault = RecordedVault(key)
    envelope = sign(POINT, VaultSigner(vault, name="review"))
    assert signature_fault(envelope, public_key(public_pem(key), name="key.pub"), POINT) == ""
    assert [part for part, _ in vault.asked] == ["", "/sign"]
    assert vault.asked[1][1]["alg"] == "ES256"
    assert len(vault.asked[1][1]["value"]) == 43


@pytest.mark.parametrize("answer", [{}, {"value": ""}, {"value": encoded(bytes(64))}, {"value": "!"}, {"value": None}])
def test_an_answer_that_is_no_signature_is_not_used(answer: dict[str, Any]) -> None:
    vault = RecordedVault(ec.generate_private_key(ec.SECP256R1()))
    signer = VaultSigner(lambda part, body: vault(part, body) if body is None else answer, name="review")
    with pytest.raises(LakezonesError, match="what came back is not its signature"):
        sign(POINT, signer)


@pytest.mark.parametrize(
    "jwk",
    [
        None,
        {},
        {"kty": "RSA", "n": "x"},
        {"kty": "EC", "crv": "P-384"},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
    ],
)
def test_a_key_of_another_kind_in_the_vault_is_refused(jwk: Any) -> None:
    with pytest.raises(ConfigError, match="signing key review"):
        VaultSigner(lambda _part, _body: {"key": jwk}, name="review")
