"""What a reader chooses: model, text, label, method, in the sidebar and above what is shown."""
