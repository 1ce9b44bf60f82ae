"""Reads and writes what TEMPORAL_PAYLOAD_KEYS seals, as the workers of the exports do: AES-256-GCM over each payload.

The setting, or the file that TEMPORAL_PAYLOAD_KEYS_FILE names, holds ID:KEY, several separated by commas or lines; the first
seals, each opens. Without it nothing is changed.
"""

import base64
import dataclasses
import os
import re

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes, PayloadCodec, default

NONCE_BYTES = 12


class SealingCodec(PayloadCodec):
    """Sealed data: a nonce of 12 bytes, the payload as sealed protobuf, a tag of 16 bytes."""

    def __init__(self, keys: dict[str, bytes]) -> None:
        self._first = next(iter(keys))
        self._ciphers = {name: AESGCM(key) for name, key in keys.items()}

    async def encode(self, payloads):
        return [self._sealed(payload) for payload in payloads]

    async def decode(self, payloads):
        return [self._opened(payload) for payload in payloads]

    def _sealed(self, payload: Payload) -> Payload:
        nonce = os.urandom(NONCE_BYTES)
        data = self._ciphers[self._first].encrypt(nonce, payload.SerializeToString(), None)
        metadata = {"encoding": b"binary/encrypted", "encryption-key-id": self._first.encode()}
        return Payload(metadata=metadata, data=nonce + data)

    def _opened(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != b"binary/encrypted":
            return payload
        name = payload.metadata["encryption-key-id"].decode()
        if name not in self._ciphers:
            raise ValueError(f'the payload was sealed with the key "{name}", which TEMPORAL_PAYLOAD_KEYS does not have here')
        data = self._ciphers[name].decrypt(payload.data[:NONCE_BYTES], payload.data[NONCE_BYTES:], None)
        return Payload.FromString(data)


def _keys_in(text: str) -> dict[str, bytes]:
    keys: dict[str, bytes] = {}
    for part in filter(None, re.split(r"[\s,]+", text)):
        name, _, key = part.partition(":")
        # An unreadable key is named by its place, since it may be the secret itself.
        if not re.fullmatch(r"[A-Za-z0-9+/]{43}=", key) or not re.fullmatch(r"[A-Za-z0-9][\w.-]{0,63}", name, re.ASCII):
            raise ValueError(f"key {len(keys) + 1} of TEMPORAL_PAYLOAD_KEYS: takes ID:KEY, 32 bytes in base64")
        if name in keys:
            raise ValueError(f"TEMPORAL_PAYLOAD_KEYS names {name} twice")
        keys[name] = base64.b64decode(key)
    # An empty file is a mistake that would leave all in clear.
    if not keys:
        raise ValueError("TEMPORAL_PAYLOAD_KEYS names no key")
    return keys


def data_converter() -> DataConverter:
    path = os.environ.get("TEMPORAL_PAYLOAD_KEYS_FILE")
    text = os.environ.get("TEMPORAL_PAYLOAD_KEYS", "")
    if not path and not text:
        return default()
    if path:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    keys = _keys_in(text)
    return dataclasses.replace(
        default(),
        payload_codec=SealingCodec(keys),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )
