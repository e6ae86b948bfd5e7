using System.Text.Json;

namespace PgmCluster.Contracts.State;

/// <summary>
/// Members of a stored record that this version does not know, as a newer one stored them: they are written again as they were read. Two
/// are equal if they hold the same members with the same content. They are kept in stored state and do not travel in calls.
/// </summary>
public sealed class UnknownMembers : Dictionary<string, JsonElement>, IEquatable<UnknownMembers>
{
    /// <inheritdoc />
    public bool Equals(UnknownMembers? other) => other is not null && Count == other.Count
        && this.All(member => other.TryGetValue(member.Key, out var value) && JsonElement.DeepEquals(member.Value, value));

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as UnknownMembers);

    /// <inheritdoc />
    public override int GetHashCode() => Keys.Aggregate(Count, (hash, name) => hash ^ name.GetHashCode(StringComparison.Ordinal));
}
