"""Recomputes the example of docs/derivation.md, with Python's `cryptography` alone."""

import hashlib
import hmac
import struct

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def octets(seed, length, parts):
    """HKDF-SHA-256 over parts that each have their length before them."""
    info = b"".join(struct.pack(">I", len(part)) + part for part in parts)
    return HKDF(SHA256(), length, b"pkiform derivation v1", info).derive(seed)


def derived(seed, length, origin, purpose, context=None):
    spec, environment, entity, algorithm, generation = origin
    parts = [spec, environment, entity, algorithm, purpose, generation]
    if context is not None:
        parts.append(hashlib.sha256(context).digest())
    return octets(seed, length, parts)


def det_keygen_p256(seed):
    """c2sp.org/det-keygen, ECDSA, for P-256."""
    mac = lambda key, *parts: hmac.digest(key, b"".join(parts), "sha256")
    purpose = b"det ECDSA key gen P-256"
    key, value = bytes(32), b"\x01" * 32
    for mark in b"\x00", b"\x01":
        key = mac(key, value, mark, seed, purpose)
        value = mac(key, value)
    while True:
        value = mac(key, value)
        number = int.from_bytes(value, "big")
        if 0 < number < P256_ORDER:
            return ec.derive_private_key(number, ec.SECP256R1())
        key = mac(key, value, b"\x00")
        value = mac(key, value)


def main():
    seed = b"a seed of thirty-two characters!"
    ecdsa = (b"example", b"", b"www", b"ecdsa-p256", b"1")
    ed25519 = (b"example", b"", b"www", b"ed25519", b"1")
    for_key = derived(seed, 48, ecdsa, b"key")
    serial = derived(seed, 16, ecdsa, b"serial", b"abc")
    print("ecdsa_octets", for_key.hex())
    print("ecdsa_key", "%064x" % det_keygen_p256(for_key).private_numbers().private_value)
    print("ed25519_octets", derived(seed, 32, ed25519, b"key").hex())
    print("serial_octets", serial.hex())
    print("serial", bytes([serial[0] & 0x7F | 0x40, *serial[1:]]).hex())
    print("fingerprint", octets(seed, 8, [b"fingerprint"]).hex())


if __name__ == "__main__":
    main()
