//! A rustls server and its clients over the loopback, with a PKI that is in memory and nowhere else.
//!
//! `cargo run --example rustls --features rcgen`

#![expect(clippy::print_stdout, reason = "an example tells what happens")]

use std::error::Error;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use pkiform::testing::{Entity, Pki};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::server::WebPkiClientVerifier;
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned,
};

const SPEC: &str = r#"
spec = 1
name = "example"

[reproducible]
seed = { insecure_default = "example: everybody has these keys" }
epoch = "month"

[ca.root]
subject.common_name = "Example Root"
[ca.issuing]
issuer = "root"
subject.common_name = "Example Issuing CA"

[leaf.server]
issuer = "issuing"
profile = "tls-server"
subject.common_name = "server"
san = ["server.example"]

[leaf.client]
issuer = "issuing"
profile = "tls-client"
subject.common_name = "client"
san = ["client.example"]
"#;

type Failure = Box<dyn Error + Send + Sync>;
type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn main() -> Result<(), Failure> {
    let pki = Pki::from_spec(SPEC)?;
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(pki.get("root")?.cert_der().to_vec()))?;
    let roots = Arc::new(roots);

    let (chain, key) = identity(pki.get("server")?)?;
    let verifier = WebPkiClientVerifier::builder(Arc::clone(&roots)).build()?;
    let server = ServerConfig::builder()
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let served = thread::spawn(move || serve(&listener, &Arc::new(server), 3));

    let known = ClientConfig::builder().with_root_certificates(Arc::clone(&roots));
    let (chain, key) = identity(pki.get("client")?)?;
    let client = known.clone().with_client_auth_cert(chain, key)?;
    println!("client of the spec: {}", call(address, client)?);

    let (chain, key) = issued_on_the_spot(pki.get("issuing")?)?;
    let client = known.clone().with_client_auth_cert(chain, key)?;
    println!("client issued just now: {}", call(address, client)?);

    let stranger = call(address, known.with_no_client_auth());
    println!(
        "client without a certificate: {}",
        match stranger {
            Ok(answer) => answer,
            Err(_) => "refused".to_owned(),
        }
    );
    served.join().map_err(|_| "the server panicked")??;
    Ok(())
}

/// An entity as rustls takes it.
fn identity(entity: &Entity) -> Result<Identity, Failure> {
    let chain = entity
        .fullchain_der()
        .map(|der| CertificateDer::from(der.to_vec()))
        .collect();
    let key = PrivatePkcs8KeyDer::from(entity.key_der()?.to_vec());
    Ok((chain, key.into()))
}

/// A certificate that no spec knows, from a CA of the spec, by rcgen.
fn issued_on_the_spot(ca: &Entity) -> Result<Identity, Failure> {
    // A key pair, nothing more.
    let pki = Pki::from_spec("spec = 1\n[key.visitor]\n")?;
    let visitor = pki.get("visitor")?;
    let mut parameters = rcgen::CertificateParams::new(vec!["visitor.example".to_owned()])?;
    parameters
        .distinguished_name
        .push(rcgen::DnType::CommonName, "visitor");
    parameters.serial_number = Some(1_u64.into());
    parameters.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    let certificate = parameters.signed_by(&visitor.rcgen_key()?, &ca.rcgen_issuer()?)?;
    let chain = [certificate.der().to_vec()]
        .into_iter()
        .chain(ca.fullchain_der().map(<[u8]>::to_vec))
        .map(CertificateDer::from)
        .collect();
    let key = PrivatePkcs8KeyDer::from(visitor.key_der()?.to_vec());
    Ok((chain, key.into()))
}

/// Answers so many callers with the number of certificates that each has shown.
fn serve(
    listener: &TcpListener,
    config: &Arc<ServerConfig>,
    callers: usize,
) -> Result<(), Failure> {
    for _ in 0..callers {
        let (stream, _) = listener.accept()?;
        let mut tls = StreamOwned::new(ServerConnection::new(Arc::clone(config))?, stream);
        let mut question = [0; 5];
        if tls.read_exact(&mut question).is_err() {
            continue; // it has shown nothing that holds
        }
        let shown = tls.conn.peer_certificates().map_or(0, <[_]>::len);
        write!(tls, "welcome, with {shown} certificates")?;
        tls.conn.send_close_notify();
        tls.flush()?;
    }
    Ok(())
}

fn call(address: std::net::SocketAddr, config: ClientConfig) -> Result<String, Failure> {
    let name = ServerName::try_from("server.example")?;
    let connection = ClientConnection::new(Arc::new(config), name)?;
    let mut tls = StreamOwned::new(connection, TcpStream::connect(address)?);
    tls.write_all(b"hello")?;
    let mut answer = String::new();
    tls.read_to_string(&mut answer)?;
    Ok(answer)
}
