"""Makes this folder the `custom_components` that tests import, rather than one of the test plugin's own."""
