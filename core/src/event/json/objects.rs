//! What a value can be read as. A value of another type reads as absent, and so does `null`.

use alloc::{borrow::Cow, vec::Vec};

use super::{ReadError, Reader};

/// A type that can be read from a JSON value.
pub trait Read<'a>: Sized {
    /// Reads the value the reader is at into `slot`; leaves it empty if the value is of another type. In place, because
    /// objects are large and hold each other.
    fn read_into(slot: &mut Option<Self>, reader: &mut Reader<'a>) -> Result<(), ReadError>;

    /// Reads the value the reader is at; `None` if it is of another type.
    fn read(reader: &mut Reader<'a>) -> Result<Option<Self>, ReadError> {
        let mut slot = None;
        Self::read_into(&mut slot, reader)?;
        Ok(slot)
    }
}

impl<'a> Read<'a> for Cow<'a, str> {
    #[inline]
    fn read_into(slot: &mut Option<Self>, reader: &mut Reader<'a>) -> Result<(), ReadError> {
        if reader.next() == b'"' {
            *slot = Some(reader.string()?);
            return Ok(());
        }
        reader.skip()
    }
}

impl<'a> Read<'a> for bool {
    fn read_into(slot: &mut Option<Self>, reader: &mut Reader<'a>) -> Result<(), ReadError> {
        *slot = match raw(reader)? {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        };
        Ok(())
    }
}

/// An integer below 2^64; other numbers are absent.
impl<'a> Read<'a> for u64 {
    fn read_into(slot: &mut Option<Self>, reader: &mut Reader<'a>) -> Result<(), ReadError> {
        *slot = raw(reader)?.parse().ok();
        Ok(())
    }
}

/// An array; elements of another type are left out.
impl<'a, T: Read<'a>> Read<'a> for Vec<T> {
    fn read_into(slot: &mut Option<Self>, reader: &mut Reader<'a>) -> Result<(), ReadError> {
        let mut elements = Self::new();
        let is_array = reader.array(|reader| {
            elements.extend(T::read(reader)?);
            Ok(())
        })?;
        *slot = is_array.then_some(elements);
        Ok(())
    }
}

/// An identifier: a text, or a number as it is written.
#[derive(Debug, Clone)]
pub struct Id<'a>(pub Cow<'a, str>);

impl<'a> Read<'a> for Id<'a> {
    fn read_into(slot: &mut Option<Self>, reader: &mut Reader<'a>) -> Result<(), ReadError> {
        *slot = match reader.next() {
            b'"' => Some(Self(reader.string()?)).filter(|id| !id.0.is_empty()),
            b'-' | b'0'..=b'9' => Some(Self(Cow::Borrowed(raw(reader)?))),
            _ => return reader.skip(),
        };
        Ok(())
    }
}

/// A text, a number or a boolean, as text.
#[derive(Debug, Clone)]
pub struct Scalar<'a>(pub Cow<'a, str>);

impl<'a> Read<'a> for Scalar<'a> {
    fn read_into(slot: &mut Option<Self>, reader: &mut Reader<'a>) -> Result<(), ReadError> {
        *slot = match reader.next() {
            b'"' => Some(Self(reader.string()?)),
            b'{' | b'[' | b'n' => return reader.skip(),
            _ => Some(Self(Cow::Borrowed(raw(reader)?))),
        };
        Ok(())
    }
}

/// Any value but `null`, as it is written.
#[derive(Debug, Clone, Copy)]
pub struct Raw<'a>(pub &'a str);

impl<'a> Read<'a> for Raw<'a> {
    fn read_into(slot: &mut Option<Self>, reader: &mut Reader<'a>) -> Result<(), ReadError> {
        *slot = Some(Self(raw(reader)?)).filter(|value| value.0 != "null");
        Ok(())
    }
}

/// That there is a value other than `null`.
#[derive(Debug, Clone, Copy)]
pub struct Seen;

impl<'a> Read<'a> for Seen {
    fn read_into(slot: &mut Option<Self>, reader: &mut Reader<'a>) -> Result<(), ReadError> {
        *slot = Raw::read(reader)?.map(|_| Self);
        Ok(())
    }
}

/// A value and where its bytes are in the body. It is there also if the value is of another type.
#[derive(Debug)]
pub struct Spanned<T> {
    pub value: Option<T>,
    pub start: usize,
    pub end: usize,
}

impl<'a, T: Read<'a>> Read<'a> for Spanned<T> {
    fn read_into(slot: &mut Option<Self>, reader: &mut Reader<'a>) -> Result<(), ReadError> {
        reader.next();
        let start = reader.offset();
        let value = T::read(reader)?;
        *slot = Some(Self { value, start, end: reader.offset() });
        Ok(())
    }
}

fn raw<'a>(reader: &mut Reader<'a>) -> Result<&'a str, ReadError> {
    reader.next();
    let start = reader.offset();
    reader.skip()?;
    Ok(reader.since(start))
}

/// Declares objects by the members to read. A member is absent if it is missing, `null` or of another type; a member
/// that is read and occurs twice is RY1105; others are checked and skipped. `name as "key"` reads the member `key`.
macro_rules! objects {
    ($($(#[$doc:meta])* $object:ident { $($field:ident $(as $key:literal)?: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Default)]
        pub(super) struct $object<'a> {
            $(pub(super) $field: Option<$type>,)*
            /// The lifetime of objects without borrowed members.
            _body: core::marker::PhantomData<&'a str>,
        }

        impl<'a> $crate::event::json::Read<'a> for $object<'a> {
            fn read_into(
                slot: &mut Option<Self>,
                reader: &mut $crate::event::json::Reader<'a>,
            ) -> Result<(), $crate::event::json::ReadError> {
                #[allow(non_camel_case_types, reason = "named like the fields they count")]
                enum Bit { $($field,)* }
                let mut seen = 0_u128;
                let object = slot.insert(Self::default());
                let is_object = reader.object(|reader, key| {
                    let bit = match key {
                        $($crate::event::json::objects!(@key $field $($key)?) => {
                            $crate::event::json::Read::read_into(&mut object.$field, reader)?;
                            1_u128 << (Bit::$field as u32)
                        })*
                        _ => return reader.skip(),
                    };
                    if seen & bit != 0 {
                        return Err($crate::event::json::ReadError::DuplicateKey { key: key.into() });
                    }
                    seen |= bit;
                    Ok(())
                })?;
                if !is_object {
                    *slot = None;
                }
                Ok(())
            }
        }
    )*};
    (@key $field:ident) => { stringify!($field) };
    (@key $field:ident $key:literal) => { $key };
}
pub(in crate::event) use objects;
