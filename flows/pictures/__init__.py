"""Which pictures or items a study is about."""
