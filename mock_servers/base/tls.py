"""Certificates that are made for one run, and trusted by nobody who was not handed their authority."""

from __future__ import annotations

import ssl

import trustme

__all__ = ["certificate_for"]


def certificate_for(*names: str) -> tuple[ssl.SSLContext, bytes]:
    """A server's TLS settings for these host names or addresses, and the PEM of the authority that vouches for them.

    A client trusts it with `ssl.create_default_context(cadata=pem.decode())`.
    """
    authority = trustme.CA()
    settings = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(settings)
    return settings, authority.cert_pem.bytes()
