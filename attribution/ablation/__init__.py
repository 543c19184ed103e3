"""The model asked again without some words: how faithful an explanation is, and what would change the prediction."""
