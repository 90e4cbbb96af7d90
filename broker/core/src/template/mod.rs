//! Templates: texts with places that are filled in when a stub answers or a device speaks.
