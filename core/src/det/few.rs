//! A list that is mostly empty, where there are millions of them.

use alloc::{boxed::Box, vec::Vec};
use core::ops::{Deref, DerefMut};

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

/// A `Vec` in the room of one pointer. Written, it is the list.
#[derive(Debug, Clone)]
#[expect(clippy::box_collection, reason = "a Vec is three pointers, and mostly there is none")]
pub(crate) struct Few<T>(Option<Box<Vec<T>>>);

impl<T> Default for Few<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Few<T> {
    pub(crate) fn push(&mut self, value: T) {
        self.0.get_or_insert_default().push(value);
    }

    /// Takes the first one out.
    pub(crate) fn take_first(&mut self) -> Option<T> {
        let list = self.0.as_mut().filter(|list| !list.is_empty())?;
        Some(list.remove(0))
    }
}

impl<T> Deref for Few<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.0.as_ref().map_or(&[], |list| list)
    }
}

impl<T> DerefMut for Few<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        self.0.as_mut().map_or(&mut [], |list| list)
    }
}

impl<C, T: Encode<C>> Encode<C> for Few<T> {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), encode::Error<W::Error>> {
        (**self).encode(e, ctx)
    }
}

impl<'b, C, T: Decode<'b, C>> Decode<'b, C> for Few<T> {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, decode::Error> {
        let list = Vec::decode(d, ctx)?;
        Ok(Self(if list.is_empty() { None } else { Some(Box::new(list)) }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_list() {
        let mut few = Few::default();
        assert_eq!((few.take_first(), few.len()), (None, 0));
        few.push(1_u8);
        few.push(2);
        few[1] += 5;
        assert_eq!((few.to_vec(), few.take_first(), few.to_vec()), ([1, 7].to_vec(), Some(1), [7].to_vec()));
        assert_eq!(size_of::<Few<u8>>(), size_of::<usize>());
    }

    #[test]
    fn it_is_written_as_a_list() {
        let mut few = Few::default();
        for bytes in [&[0x80][..], &[0x81, 1], &[0x82, 1, 2]] {
            assert_eq!(minicbor::to_vec(&few).expect("encodes"), bytes);
            assert_eq!(*minicbor::decode::<Few<u8>>(bytes).expect("decodes"), *few);
            few.push(u8::try_from(few.len() + 1).expect("small"));
        }
    }
}
