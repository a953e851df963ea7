"""The API's actions over an account: parameters in, an answer or a refusal out, and answers that get lost."""
