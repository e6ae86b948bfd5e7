namespace PgmCluster.Grains.Metering;

/// <summary>What a user's work waits.</summary>
/// <param name="User">Who waits; empty for whoever gave no name.</param>
/// <param name="Count">Pieces of work.</param>
/// <param name="Longest">How long the first of them has waited.</param>
internal sealed record WaitingOfUser(string User, int Count, TimeSpan Longest);
