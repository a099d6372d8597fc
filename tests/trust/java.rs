//! A client of Java's own, and a server that it believes or not.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use super::{applied, lacks, said};
use crate::shell::Shell;

const CLIENT: &str = "
class Client {
    public static void main(String[] arguments) throws Exception {
        var connection = java.net.URI.create(arguments[0]).toURL().openConnection();
        connection.setReadTimeout(20000);
        connection.getInputStream().read();
    }
}
";

/// A TLS server of the PKI on a free port of the loopback, ended with the test.
struct Server(Child, String);

impl Server {
    fn start(shell: &Shell) -> Self {
        let at = |file: &str| shell.path(&format!("pki/trusted/server/{file}.pem"));
        let mut command = Command::new("openssl");
        command.args(["s_server", "-accept", "127.0.0.1:0", "-www", "-cert"]);
        command.arg(at("cert")).arg("-key").arg(at("key"));
        command.arg("-cert_chain").arg(at("fullchain"));
        command.stdin(Stdio::null());
        command.stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| Some(line.strip_prefix("ACCEPT 127.0.0.1:")?.to_owned()));
        let server = Self(child, format!("https://localhost:{}/", port.unwrap()));
        // Whoever does not read what it says, stops it.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_java_client_believes_a_server_while_its_keystore_has_the_root() {
    if lacks(&["keytool", "java", "openssl"]) {
        return;
    }
    let (shell, other) = (applied(), applied());
    shell.write("Client.java", CLIENT);
    let store = shell.path("trust.p12").to_str().unwrap().to_owned();
    let server = Server::start(&shell);
    let connects = || {
        let mut client = Command::new("java");
        client.arg(format!("-Djavax.net.ssl.trustStore={store}"));
        client.arg("-Djavax.net.ssl.trustStorePassword=changeit");
        client.args(["Client.java", &server.1]);
        let output = client.current_dir(shell.path("")).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            output.status.success() || said.contains("PKIX path"),
            "{said}"
        );
        output.status.success()
    };
    // A keystore without a root is an error of Java's own.
    let words = format!("pki.toml --store java:{store}");
    other.edit("pki.toml", "name = \"trusted\"", "name = \"other\"");
    let mut apply = Command::new(env!("CARGO_BIN_EXE_pkiform"));
    said(
        apply
            .args(["apply", "pki.toml", "--quiet"])
            .current_dir(other.path("")),
    );
    other.run(&format!("trust install {words}")).exits(0);
    assert!(!connects());
    shell.run(&format!("trust install {words}")).exits(0);
    assert!(connects());
    shell.run(&format!("trust remove {words}")).exits(0);
    assert!(!connects());
    other.run(&format!("trust status {words}")).exits(0);
}
