"""TLS contexts for links, from the few things that an operator chooses.

Refuses to know which protocol travels inside.  Nothing below TLS 1.2 (RFC 8996).
"""

import ssl


def client_context(
    *, verify: bool = True, ca: str = "", certificate: str = "", key: str = ""
) -> ssl.SSLContext:
    """Give the context of one who connects; raise OSError where a file cannot be read.

    Without `verify` the peer may be anyone: for carriers with self-made certificates whose
    `ca` nobody has.
    """
    context = ssl.create_default_context(cafile=ca or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if certificate:
        context.load_cert_chain(certificate, key or None)
    return context


def server_context(certificate: str, key: str = "") -> ssl.SSLContext:
    """Give the context of one who listens; raise OSError where a file cannot be read."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key or None)
    return context
