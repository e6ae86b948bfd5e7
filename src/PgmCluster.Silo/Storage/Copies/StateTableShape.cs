namespace PgmCluster.Silo.Storage.Copies;

/// <summary>A table that holds a cluster's state.</summary>
/// <param name="Name">Of the table.</param>
/// <param name="Owner">The column that says whose a row is (<see cref="StateOwner.StateId"/>).</param>
/// <param name="Columns">All others.</param>
internal sealed record StateTableShape(string Name, string Owner, IReadOnlyList<string> Columns)
{
    /// <summary>A column that says when a row was written, and is not copied; null where there is none.</summary>
    public string? WrittenAt { get; init; }

    public string Select => $"SELECT {string.Join(", ", Columns)} FROM {Name} WHERE {Owner} = @OfState";

    public string Insert => $"""
        INSERT INTO {Name} ({Owner}, {string.Join(", ", Columns)}{(WrittenAt is null ? "" : $", {WrittenAt}")})
        VALUES (@OfState, {string.Join(", ", Columns.Select(c => $"@{c}"))}{(WrittenAt is null ? "" : ", CURRENT_TIMESTAMP")})
        """;
}
