//! The string form of a distinguished name (RFC 4514), with templates inside values.

use der::oid::ObjectIdentifier;

use super::attribute::{ATTRIBUTES, AttributeType};
use super::name::{Attribute, DistinguishedName};
use super::{StringType, suggest};
use crate::source::{Diagnostic, Span, nearest};
use crate::template::{Scope, Templated};

/// One attribute as written: its type is fixed, its value may be a template.
#[derive(Clone, Debug)]
pub struct WrittenAttribute {
    /// The type.
    pub oid: ObjectIdentifier,
    /// The value.
    pub value: Templated<String>,
    /// The chosen string type; none is the customary one.
    pub string_type: Option<StringType>,
    /// Where it stands.
    pub span: Span,
}

impl WrittenAttribute {
    /// Renders the value; whatever it renders to is this one value.
    ///
    /// # Errors
    /// Those of the template; a value that the string type cannot hold.
    pub fn resolve(&self, scope: &Scope) -> Result<Attribute, Diagnostic> {
        Attribute::new(
            self.oid,
            self.value.render(scope)?,
            self.string_type,
            self.span,
        )
    }
}

/// Parses and renders an RFC 4514 string.
///
/// # Errors
/// Those of [`parse_dn`] and of [`WrittenAttribute::resolve`].
pub fn resolve_dn(text: &str, span: Span, scope: &Scope) -> Result<DistinguishedName, Diagnostic> {
    let rdns = parse_dn(text, span)?;
    let resolve =
        |rdn: &Vec<WrittenAttribute>| rdn.iter().map(|part| part.resolve(scope)).collect();
    Ok(DistinguishedName(
        rdns.iter().map(resolve).collect::<Result<_, _>>()?,
    ))
}

/// Parses an RFC 4514 string before any rendering: `{{ … }}` stands whole inside a value.
///
/// The string has the most particular RDN first; **the result has the order of the DER, the widest first**.
/// `span` is that of the string, with its quotes or without. Blanks around `,`, `+` and `=` are passed over.
///
/// # Errors
/// The text is no RFC 4514 string: the message says what stands where.
pub fn parse_dn(text: &str, span: Span) -> Result<Vec<Vec<WrittenAttribute>>, Diagnostic> {
    let mut parser = Parser {
        text,
        place: 0,
        span,
    };
    let mut rdns = Vec::new();
    if text.trim().is_empty() {
        return Ok(rdns);
    }
    let mut rdn = Vec::new();
    loop {
        rdn.push(parser.attribute()?);
        match parser.next() {
            Some('+') => {}
            Some(_) => rdns.push(std::mem::take(&mut rdn)),
            None => break,
        }
    }
    rdns.push(rdn);
    rdns.reverse();
    Ok(rdns)
}

struct Parser<'a> {
    text: &'a str,
    /// The next byte.
    place: usize,
    span: Span,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.place..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.place += next.len_utf8();
        Some(next)
    }

    fn at(&self, start: usize, end: usize) -> Span {
        self.span.part(self.text, start..end)
    }

    fn error(&self, start: usize, message: impl Into<String>) -> Diagnostic {
        let span = self.at(start, self.place.max(start.saturating_add(1)));
        Diagnostic::error("distinguished-name", message).at(span, "")
    }

    /// `type=value`, up to an unescaped `,` or `+` or the end.
    fn attribute(&mut self) -> Result<WrittenAttribute, Diagnostic> {
        let length = self.rest().len() - self.rest().trim_start().len();
        self.place += length;
        let start = self.place;
        let oid = self.attribute_type()?;
        let length = self.rest().len() - self.rest().trim_start_matches(' ').len();
        self.place += length;
        let (value, string_type) = self.value()?;
        Ok(WrittenAttribute {
            oid,
            value,
            string_type,
            span: self.at(start, self.place),
        })
    }

    fn attribute_type(&mut self) -> Result<ObjectIdentifier, Diagnostic> {
        let start = self.place;
        let end = self
            .rest()
            .find(['=', ',', '+'])
            .unwrap_or(self.rest().len());
        let name = self.rest().get(..end).unwrap_or_default().trim();
        self.place += end;
        if self.peek() != Some('=') {
            let message = format!("`{name}` is not of the form `TYPE=value`");
            return Err(self
                .error(start, message)
                .help("a distinguished name is written `CN=www,O=Example,C=US`; a comma in a value is escaped: `\\,`"));
        }
        let oid = attribute_oid(name).map_err(|message| self.error(start, message));
        self.place += 1;
        oid
    }

    fn value(&mut self) -> Result<(Templated<String>, Option<StringType>), Diagnostic> {
        let start = self.place;
        if self.peek() == Some('#') {
            let end = self.rest().find([',', '+']).unwrap_or(self.rest().len());
            let hex = self.rest().get(1..end).unwrap_or_default().trim_end();
            self.place += end;
            let hex = hex.to_ascii_lowercase();
            if data_encoding::HEXLOWER.decode(hex.as_bytes()).is_err() || hex.is_empty() {
                return Err(self
                    .error(start, "`#` begins a value in hexadecimal, and this is none")
                    .help("a value that begins with `#` is escaped: `\\#`"));
            }
            return Ok((Templated::Fixed(hex), Some(StringType::Der)));
        }
        let mut value = Value::default();
        while let Some(next) = self.peek() {
            let here = self.place;
            match next {
                ',' | '+' => break,
                '\\' => {
                    self.place += 1;
                    value.push_escaped(self.escaped(here)?);
                }
                '"' | '<' | '>' | ';' => {
                    self.place += 1;
                    return Err(self
                        .error(
                            here,
                            format!("`{next}` must be escaped in a value: `\\{next}`"),
                        )
                        .note("RFC 4514 §2.4"));
                }
                '{' if opens_template(self.rest()) => {
                    let end = template_length(self.rest())
                        .ok_or_else(|| self.error(here, "the template has no end"))?;
                    value.push_template(self.rest().get(..end).unwrap_or_default());
                    self.place += end;
                }
                _ => {
                    self.place += next.len_utf8();
                    value.push_plain(next);
                }
            }
        }
        let span = self.at(start, self.place);
        let value = value
            .finish(span)
            .map_err(|message| self.error(start, message))?;
        Ok((value, None))
    }

    /// What follows a backslash: a character that stands for itself, or two hexadecimal digits that are an octet.
    fn escaped(&mut self, start: usize) -> Result<u8, Diagnostic> {
        let rest = self.rest();
        let digits = rest
            .get(..2)
            .map(str::to_ascii_lowercase)
            .unwrap_or_default();
        if let Ok(octets) = data_encoding::HEXLOWER.decode(digits.as_bytes())
            && let Some(octet) = octets.first()
        {
            self.place += 2;
            return Ok(*octet);
        }
        match self
            .next()
            .filter(|c| " \"#+,;<=>\\".contains(*c))
            .map(u8::try_from)
        {
            Some(Ok(octet)) => Ok(octet),
            _ => Err(self
                .error(
                    start,
                    "a backslash is followed by one of ` \"#+,;<=>\\` or by two hexadecimal digits",
                )
                .note("RFC 4514 §2.4")),
        }
    }
}

/// A value while it is read.
#[derive(Default)]
struct Value {
    /// What is sure to stay, in octets since escapes name octets.
    text: Vec<u8>,
    /// Blanks that are dropped if nothing follows.
    blanks: usize,
    /// Whether a template stands in it.
    template: bool,
    /// Whether what stands outside templates would read as one.
    opener: bool,
    /// Where the part after the last template begins.
    plain_from: usize,
}

impl Value {
    fn push(&mut self, bytes: &[u8]) {
        self.text
            .extend(std::iter::repeat_n(b' ', std::mem::take(&mut self.blanks)));
        self.text.extend_from_slice(bytes);
    }

    fn push_plain(&mut self, c: char) {
        if c == ' ' {
            self.blanks += 1;
        } else {
            self.push(c.to_string().as_bytes());
        }
    }

    fn push_escaped(&mut self, octet: u8) {
        self.push(&[octet]);
    }

    fn push_template(&mut self, text: &str) {
        self.check_plain();
        self.push(text.as_bytes());
        self.template = true;
        self.plain_from = self.text.len();
    }

    /// Notes an opening of a template that only escapes can have made.
    fn check_plain(&mut self) {
        let plain = self.text.get(self.plain_from..).unwrap_or_default();
        self.opener |= plain
            .windows(2)
            .any(|pair| matches!(pair, b"{{" | b"{%" | b"{#"));
    }

    fn finish(mut self, span: Span) -> Result<Templated<String>, String> {
        self.check_plain();
        if self.template && self.opener {
            return Err("escaped braces beside a template: write `{{ '{{' }}`".to_owned());
        }
        let text = String::from_utf8(self.text)
            .map_err(|_| "the escaped octets are not UTF-8".to_owned())?;
        if !self.template {
            return Ok(Templated::Fixed(text));
        }
        Ok(Templated::from_part_at(&text, span))
    }
}

fn opens_template(text: &str) -> bool {
    ["{{", "{%", "{#"]
        .iter()
        .any(|opener| text.starts_with(opener))
}

/// The length of the template with which a text begins, its strings passed over.
fn template_length(text: &str) -> Option<usize> {
    let close = match text.get(..2)? {
        "{{" => "}}",
        "{%" => "%}",
        _ => "#}",
    };
    let mut quote = None;
    let mut escaped = false;
    for (place, c) in text.char_indices().skip(2) {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(open) if c == open => quote = None,
            None if text
                .get(place..)
                .is_some_and(|rest| rest.starts_with(close)) =>
            {
                return Some(place + 2);
            }
            None if (c == '"' || c == '\'') && close != "#}" => quote = Some(c),
            _ => {}
        }
    }
    None
}

/// The OID of an attribute's type: a short name, a spec's key, or an OID in dots.
///
/// # Errors
/// The name is known to neither RFC 4514 nor pkiform; the message names the nearest one.
pub fn attribute_oid(name: &str) -> Result<ObjectIdentifier, String> {
    if let Some(known) = AttributeType::by_short_name(name).or_else(|| AttributeType::by_key(name))
    {
        return Ok(known.oid);
    }
    let dotted = name
        .strip_prefix("OID.")
        .or_else(|| name.strip_prefix("oid."))
        .unwrap_or(name);
    if dotted.starts_with(|c: char| c.is_ascii_digit()) {
        return ObjectIdentifier::new(dotted)
            .map_err(|_| format!("`{name}` is no object identifier"));
    }
    let shorts = ATTRIBUTES.iter().map(|known| known.short);
    let keys = ATTRIBUTES.iter().map(|known| known.key);
    Err(match nearest(name, keys) {
        Some(near) => format!("`{name}` is no attribute of a name; did you mean `{near}`?"),
        None => suggest::unknown(name, "attribute of a name", shorts),
    })
}

#[cfg(test)]
mod tests {
    use der::Encode;

    use super::*;
    use crate::source::Table;

    fn resolve(text: &str) -> Result<DistinguishedName, Diagnostic> {
        let scope = Scope::new(&Table::new(), "spec,O=evil", None);
        resolve_dn(text, Span::NOWHERE, &scope)
    }

    #[test]
    fn the_der_is_openssls() {
        let name = resolve(
            r"serialNumber=42,emailAddress=a@example.com,CN=J\C3\BCrgen,OU=B+OU=A,O=Contoso\, Ltd.,C=US,DC=example,DC=com",
        );
        // What OpenSSL 3.0 wrote for this subject.
        let expected = "3081a631133011060a0992268993f22c6401191603636f6d31173015060a0992268993f22c64011916076578616d706c65310b300906035504061302555331163014060355040a0c0d436f6e746f736f2c204c74642e31143008060355040b0c01413008060355040b0c01423110300e06035504030c074ac3bc7267656e311c301a06092a864886f70d010901160d61406578616d706c652e636f6d310b3009060355040513023432";
        assert_eq!(
            data_encoding::HEXLOWER.encode(&name.unwrap().to_der().unwrap()),
            expected
        );
    }

    #[test]
    fn what_is_printed_reads_back() {
        for text in [
            "CN=Jürgen,OU=A+OU=B,O=Contoso\\, Ltd.,C=US",
            r#"CN=\#1 \+ \\ \"x\"\ ,O=a=b"#,
            r"CN=\ a",
            "1.3.6.1.4.1.1466.0=#04024869",
            "STREET=x,UID=y,title=z",
            "",
        ] {
            let name = resolve(text).unwrap();
            assert_eq!(name.to_string(), text);
            let read = DistinguishedName::from_name(&name.to_name());
            assert_eq!(read, name, "{text}");
        }
    }

    #[test]
    fn x509_cert_reads_what_is_printed() {
        // The examples of RFC 4514 §4 that have a short name.
        for text in [
            "UID=jsmith,DC=example,DC=net",
            "OU=Sales+CN=J.  Smith,DC=example,DC=net",
            r#"CN=James \"Jim\" Smith\, III,DC=example,DC=net"#,
            r"CN=Before\0dAfter,DC=example,DC=net",
        ] {
            let ours = resolve(text).unwrap().to_der().unwrap();
            let theirs: x509_cert::name::Name = text.parse().unwrap();
            assert_eq!(ours, theirs.to_der().unwrap(), "{text}");
        }
    }

    #[test]
    fn a_template_fills_one_value() {
        let name = resolve("CN = a{{ spec }}b , O = {{ ',\"}}' ~ 1 }}").unwrap();
        assert_eq!(
            name.to_string(),
            r#"CN=aspec\,O\=evilb,O=\,\"}}1"#.replace("\\=", "=")
        );
    }

    #[test]
    fn faults_say_what_to_write() {
        for (text, part) in [
            ("CN=a,b", "`b` is not of the form `TYPE=value`"),
            ("Organisation=a", "did you mean `organization`?"),
            ("XYZ=a", "known are `DC`,"),
            ("CN=a;b", "must be escaped"),
            (r"CN=a\x", "a backslash is followed by"),
            ("CN=#zz", "hexadecimal"),
            ("CN={{ a", "has no end"),
            ("1.2.=a", "is no object identifier"),
            (r"CN=\ff", "not UTF-8"),
            ("C=Ü", "a PrintableString cannot hold"),
            ("CN=a,", "`` is not of the form"),
            ("CN=#0401", "not the DER of one value"),
        ] {
            let error = resolve(text).expect_err(text);
            assert!(error.message.contains(part), "{text}: {}", error.message);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in r#"[CNO=,+#\\{}%"' a-f0-9.;é\n]{0,40}"#, start in 0_u32..50) {
            let span = Span { start, end: start + 30 };
            let _ = parse_dn(&text, span);
        }

        #[test]
        fn any_value_survives_printing(value in r"\PC{1,20}|[ #+,;<>=\\\x00-\x1f]{1,8}") {
            let oid = ObjectIdentifier::new_unwrap("2.5.4.3");
            let attribute = Attribute::new(oid, value, None, Span::NOWHERE).unwrap();
            let name = DistinguishedName(vec![vec![attribute]]);
            let text = name.to_string();
            // Braces that open a template are a template where a spec is read.
            proptest::prop_assume!(!["{{", "{%", "{#"].iter().any(|opener| text.contains(opener)));
            proptest::prop_assert_eq!(resolve(&text).unwrap(), name);
        }
    }
}
