//! The filters that specs have beside minijinja's own.

use minijinja::value::{Rest, Value};
use minijinja::{Environment, Error, ErrorKind};

/// The widest that `format` and `pad` fill up to.
const WIDEST: usize = 1000;

/// All filters, for messages: minijinja's own and those below.
pub(super) const NAMES: &[&str] = &[
    "abs",
    "attr",
    "batch",
    "bool",
    "capitalize",
    "chain",
    "count",
    "default",
    "dictsort",
    "first",
    "float",
    "format",
    "groupby",
    "indent",
    "int",
    "items",
    "join",
    "last",
    "length",
    "lines",
    "list",
    "lower",
    "map",
    "max",
    "min",
    "pad",
    "pprint",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "round",
    "select",
    "selectattr",
    "slice",
    "slug",
    "sort",
    "split",
    "string",
    "sum",
    "title",
    "trim",
    "unique",
    "upper",
    "zip",
];

pub(super) fn add(environment: &mut Environment<'_>) {
    environment.add_filter("format", format);
    environment.add_filter("pad", pad);
    environment.add_filter("slug", slug);
}

/// `'%04d' | format(index)`: printf's `%s`, `%d`, `%x`, `%X`, `%o` and `%%`, with `0`, `-` and a width.
#[expect(
    clippy::needless_pass_by_value,
    reason = "a filter takes its arguments so"
)]
fn format(pattern: &str, arguments: Rest<Value>) -> Result<String, Error> {
    let mut out = String::new();
    let mut arguments = arguments.iter();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let spec_end = after
            .find(|c: char| !matches!(c, '0'..='9' | '-'))
            .unwrap_or(after.len());
        let (spec, tail) = after.split_at_checked(spec_end).unwrap_or((after, ""));
        let mut tail = tail.chars();
        let Some(kind) = tail.next() else {
            return Err(invalid(format!(
                "the pattern `{pattern}` ends within a `%`"
            )));
        };
        rest = tail.as_str();
        if kind == '%' {
            out.push('%');
            continue;
        }
        let Some(argument) = arguments.next() else {
            return Err(invalid(format!(
                "the pattern `{pattern}` asks for more values than it is given"
            )));
        };
        out.push_str(&one(kind, spec, given(argument)?)?);
    }
    out.push_str(rest);
    match arguments.next() {
        Some(_) => Err(invalid(format!(
            "the pattern `{pattern}` is given more values than it asks for"
        ))),
        None => Ok(out),
    }
}

fn one(kind: char, spec: &str, argument: &Value) -> Result<String, Error> {
    let (left, digits) = match spec.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, spec),
    };
    let zero = digits.starts_with('0') && !left;
    let width = width(digits)?;
    let number = || {
        i64::try_from(argument.clone())
            .map_err(|_| invalid(format!("`%{kind}` wants a whole number, not `{argument}`")))
    };
    let text = match kind {
        's' => argument.to_string(),
        'd' | 'i' => number()?.to_string(),
        'x' => format!("{:x}", number()?),
        'X' => format!("{:X}", number()?),
        'o' => format!("{:o}", number()?),
        _ => return Err(invalid(format!("`%{kind}` is none of %s %d %x %X %o"))),
    };
    Ok(if left {
        format!("{text:<width$}")
    } else if zero && kind != 's' {
        match text.strip_prefix('-') {
            Some(digits) => format!("-{digits:0>width$}", width = width.saturating_sub(1)),
            None => format!("{text:0>width$}"),
        }
    } else {
        format!("{text:>width$}")
    })
}

fn width(digits: &str) -> Result<usize, Error> {
    if digits.is_empty() {
        return Ok(0);
    }
    match digits.parse() {
        Ok(width) if width <= WIDEST => Ok(width),
        _ => Err(invalid(format!(
            "a width of `{digits}` is more than {WIDEST}"
        ))),
    }
}

/// `index | pad(4)`: zeros before it up to a width; `pad(4, ' ')` another character.
fn pad(value: &Value, width: usize, fill: Option<String>) -> Result<String, Error> {
    if width > WIDEST {
        return Err(invalid(format!("a width of {width} is more than {WIDEST}")));
    }
    let fill = fill.and_then(|fill| fill.chars().next()).unwrap_or('0');
    let text = given(value)?.to_string();
    let missing = width.saturating_sub(text.chars().count());
    Ok(std::iter::repeat_n(fill, missing).collect::<String>() + &text)
}

/// `"Contoso Ltd." | slug`: lower-case letters, digits and `-` alone, fit for an id or a DNS label.
fn slug(value: &Value) -> Result<String, Error> {
    let mut slug = String::new();
    for c in given(value)?.to_string().chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    Ok(slug.trim_end_matches('-').to_owned())
}

/// The value, if it is one: minijinja hands a filter what is not defined, strict or not.
fn given(value: &Value) -> Result<&Value, Error> {
    if value.is_undefined() {
        Err(Error::from(ErrorKind::UndefinedError))
    } else {
        Ok(value)
    }
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(template: &str) -> Result<String, Error> {
        let mut environment = Environment::new();
        add(&mut environment);
        environment.render_str(
            template,
            minijinja::context! { index => 7, name => "Contoso Ltd." },
        )
    }

    #[test]
    fn filters_do_as_printf() {
        assert_eq!(render("{{ '%04d' | format(index) }}").unwrap(), "0007");
        assert_eq!(
            render("{{ '%s-%x%%' | format(name, 255) }}").unwrap(),
            "Contoso Ltd.-ff%"
        );
        assert_eq!(
            render("{{ '%-4d|%4d' | format(index, -index) }}").unwrap(),
            "7   |  -7"
        );
        assert_eq!(
            render("{{ index | pad(3) }} {{ name | slug }}").unwrap(),
            "007 contoso-ltd"
        );
    }

    #[test]
    fn each_filter_that_is_named_exists() {
        for name in NAMES {
            let error = render(&format!("{{{{ 1 | {name} }}}}")).err();
            let kind = error.map(|error| error.kind());
            assert_ne!(kind, Some(ErrorKind::UnknownFilter), "{name}");
        }
    }

    #[test]
    fn misuse_is_an_error_and_never_a_flood() {
        for template in [
            "{{ '%d' | format(name) }}",
            "{{ '%d' | format }}",
            "{{ '%' | format(1) }}",
            "{{ '%q' | format(1) }}",
            "{{ 'x' | format(1) }}",
            "{{ '%99999999999d' | format(1) }}",
            "{{ index | pad(99999999) }}",
            "{{ '%d' | format(nothing) }}",
            "{{ nothing | slug }}",
        ] {
            assert!(render(template).is_err(), "{template}");
        }
    }
}
