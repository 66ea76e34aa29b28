"""Secrets as they stand in code, made up for the tests: (what it is, the line, the part that must not get out)."""

LETTERS = "Zx9Kd83LmQp27RtYv5Wb1Nc6"

SECRETS: tuple[tuple[str, str, str], ...] = (
    ("OpenAI key", f'client = OpenAI("sk-proj-{LETTERS}{LETTERS}")', LETTERS),
    ("Anthropic key", f"key: sk-ant-api03-{LETTERS}", LETTERS),
    ("AWS key id", "aws = 'AKIAZX9KD83LMQP27RTY'", "ZX9KD83LMQP27RTY"),
    ("AWS secret", f'aws_secret_access_key = "{LETTERS}/{LETTERS[:14]}"', LETTERS),
    ("GitHub token", f"token = ghp_{LETTERS}{LETTERS[:12]}", LETTERS),
    ("GitHub fine-grained token", f"x = 'github_pat_11A{LETTERS}_{LETTERS}'", LETTERS),
    ("GitLab token", f"glpat-{LETTERS}", LETTERS),
    ("Slack token", f"slack('xoxb-1234567890-{LETTERS}')", LETTERS),
    ("Slack webhook", f"https://hooks.slack.com/services/T00/B00/{LETTERS}", LETTERS),
    ("Google key", f"AIza{LETTERS}{LETTERS[:11]}", LETTERS),
    ("Stripe key", f"stripe.api_key = 'sk_live_{LETTERS}'", LETTERS),
    ("npm token", f"//registry/:_authToken=npm_{LETTERS}{LETTERS[:12]}", LETTERS),
    ("package index token", f"password = pypi-{LETTERS}{LETTERS}", LETTERS),
    ("model hub token", f"hf_{LETTERS}{LETTERS[:10]}", LETTERS),
    ("SendGrid key", f"SG.{LETTERS}.{LETTERS}{LETTERS[:19]}", LETTERS),
    ("JSON web token", f"jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJ{LETTERS}.{LETTERS}'", LETTERS),
    ("private key", f"-----BEGIN RSA PRIVATE KEY-----\n{LETTERS}\n{LETTERS}\n-----END RSA PRIVATE KEY-----", LETTERS),
    ("URL password", "db = 'postgresql://admin:Hunter2Tiger@db.example/x'", "Hunter2Tiger"),
    ("password", "password = 'correct horse'", "correct horse"),
    ("password in JSON", '"db_password": "pässwörd😀"', "pässwörd😀"),
    ("unquoted password", "DB_PASSWORD=Tr0ub4dor&3", "Tr0ub4dor"),
    ("bearer header", f"Authorization: Bearer {LETTERS}", LETTERS),
    ("client secret", f"client_secret: {LETTERS}", LETTERS),
    ("random value", f'salt = "{LETTERS}{LETTERS[::-1]}"', LETTERS),
    ("Telegram bot", f"bot = '123456789:AA{LETTERS}{LETTERS[:12]}'", LETTERS),
    ("Azure key", f"AccountKey={LETTERS}{LETTERS}==", LETTERS),
)
