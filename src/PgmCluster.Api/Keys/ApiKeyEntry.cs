namespace PgmCluster.Api.Keys;

/// <summary>One key as its file holds it: not the key, but what tells it.</summary>
/// <param name="Name">Who has it: the owner of what is submitted with it.</param>
/// <param name="Role">What its holder may do.</param>
/// <param name="Sha256">SHA-256 of the key, lower-case hex. A key has 256 random bits, so that nobody finds it by trying.</param>
/// <param name="CreatedAt">When it was made; UTC.</param>
public sealed record ApiKeyEntry(string Name, ApiRole Role, string Sha256, DateTimeOffset CreatedAt);
