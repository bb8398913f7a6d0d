"""What Argo CD applies, held to the modules, to live/ and to its definitions."""
