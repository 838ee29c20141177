"""From pictures and texts to stored heads, features and embeddings."""
