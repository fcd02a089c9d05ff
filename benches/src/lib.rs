//! The engines and their rivals, measured side by side.
