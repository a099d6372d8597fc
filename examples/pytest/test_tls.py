"""A server that asks for a client's certificate, and a client that shows one."""

import socket
import ssl
import threading


def context(pki, purpose, entity):
    made = ssl.create_default_context(purpose, cafile=pki / "root" / "cert.pem")
    made.load_cert_chain(pki / entity / "fullchain.pem", pki / entity / "key.pem")
    made.verify_mode = ssl.CERT_REQUIRED
    return made


def test_both_sides_know_each_other(pki):
    seen = []

    def serve(listener):
        connection, _ = listener.accept()
        with context(pki, ssl.Purpose.CLIENT_AUTH, "server").wrap_socket(connection, server_side=True) as tls:
            seen.append(dict(part[0] for part in tls.getpeercert()["subject"])["commonName"])
            tls.sendall(b"hello")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        server = threading.Thread(target=serve, args=[listener], daemon=True)
        server.start()
        with socket.create_connection(listener.getsockname(), timeout=10) as connection:
            client = context(pki, ssl.Purpose.SERVER_AUTH, "client")
            with client.wrap_socket(connection, server_hostname="localhost") as tls:
                assert tls.recv(5) == b"hello"
        server.join(10)
    assert seen == ["client"]
