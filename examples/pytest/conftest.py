"""A test PKI for a whole session, made from pki.toml in a folder that goes away."""

import os
import pathlib
import subprocess

import pytest

HERE = pathlib.Path(__file__).parent


@pytest.fixture(scope="session")
def pki(tmp_path_factory):
    """The store's folder: pki / "server" / "fullchain.pem" and so on."""
    store = tmp_path_factory.mktemp("pki")
    pkiform = os.environ.get("PKIFORM", "pkiform")
    subprocess.run([pkiform, "apply", "--quiet", HERE / "pki.toml", "--out", store], check=True)
    return store
