//! The strict way to read a record: every byte of it by a parser of JSON, the oracle of the quick way.
//!
//! In: a record's parser and the names asked for. Out: the value under each. Errors: what is no JSON
//! object. Cost: that of `serde_json`; strings without escapes are borrowed.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess};

use super::fields::Value;

/// Reads one object into the values of the names asked for.
pub(super) struct RecordSeed<'s, 'a> {
    pub(super) names: &'s [String],
    pub(super) values: &'s mut [Value<'a>],
}

impl<'a> DeserializeSeed<'a> for RecordSeed<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, parser: D) -> std::result::Result<(), D::Error> {
        parser.deserialize_map(self)
    }
}

impl<'a> serde::de::Visitor<'a> for RecordSeed<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'a>>(self, mut map: M) -> std::result::Result<(), M::Error> {
        while let Some(place) = map.next_key_seed(NameSeed(self.names))? {
            match place.and_then(|place| self.values.get_mut(place)) {
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
                Some(value @ Value::Absent) => *value = map.next_value_seed(ValueSeed)?,
                Some(value) => {
                    map.next_value::<IgnoredAny>()?;
                    *value = Value::Twice;
                }
            }
        }
        Ok(())
    }
}

/// Reads a key: its place among the names asked for, if it is one of them.
struct NameSeed<'s>(&'s [String]);

impl<'a> DeserializeSeed<'a> for NameSeed<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'a>>(
        self,
        parser: D,
    ) -> std::result::Result<Self::Value, D::Error> {
        parser.deserialize_str(self)
    }
}

impl serde::de::Visitor<'_> for NameSeed<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field name")
    }

    fn visit_str<E>(self, key: &str) -> std::result::Result<Self::Value, E> {
        Ok(self.0.iter().position(|name| name == key))
    }
}

/// Reads the value of a name asked for, borrowing its string where it can be borrowed.
struct ValueSeed;

impl<'a> DeserializeSeed<'a> for ValueSeed {
    type Value = Value<'a>;

    fn deserialize<D: Deserializer<'a>>(
        self,
        parser: D,
    ) -> std::result::Result<Value<'a>, D::Error> {
        parser.deserialize_any(self)
    }
}

impl<'a> serde::de::Visitor<'a> for ValueSeed {
    type Value = Value<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_borrowed_str<E>(self, text: &'a str) -> std::result::Result<Value<'a>, E> {
        Ok(Value::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> std::result::Result<Value<'a>, E> {
        Ok(Value::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_unit<E>(self) -> std::result::Result<Value<'a>, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, truth: bool) -> std::result::Result<Value<'a>, E> {
        Ok(Value::Plain(truth.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> std::result::Result<Value<'a>, E> {
        Ok(Value::Plain(number.to_string()))
    }

    fn visit_i64<E>(self, number: i64) -> std::result::Result<Value<'a>, E> {
        Ok(Value::Plain(number.to_string()))
    }

    fn visit_f64<E>(self, _: f64) -> std::result::Result<Value<'a>, E> {
        Ok(Value::Decimal)
    }

    // Nested values are walked without recursion, however deep they go.
    fn visit_map<M: MapAccess<'a>>(self, mut map: M) -> std::result::Result<Value<'a>, M::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Value::Nested("an object"))
    }

    fn visit_seq<S: SeqAccess<'a>>(self, mut list: S) -> std::result::Result<Value<'a>, S::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Nested("a list"))
    }
}
