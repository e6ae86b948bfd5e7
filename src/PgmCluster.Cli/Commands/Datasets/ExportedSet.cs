using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Tokenization;

namespace PgmCluster.Cli.Commands.Datasets;

/// <summary>One of the sets of tokens that a tokenization made, as <c>--set</c> names it.</summary>
/// <param name="Name">The split's name; "-flipped" behind it where the images are mirrored.</param>
/// <param name="Images">In <paramref name="Shards"/>.</param>
/// <param name="Shards">In index order.</param>
internal sealed record ExportedSet(string Name, int Images, IReadOnlyList<TokenShardInfo> Shards)
{
    private const string Unnamed = "tokens";

    /// <summary>The set that is named, else the one of a split; the only one fits whatever the directory is called.</summary>
    /// <param name="job">The tokenization.</param>
    /// <param name="tokens">What it made.</param>
    /// <param name="name">What the user asks for, if anything.</param>
    /// <param name="split">The name of the directory that is written.</param>
    /// <exception cref="InvalidRequestException">None is called so.</exception>
    public static ExportedSet Find(string job, TokenizationResult tokens, string? name, string split)
    {
        ExportedSet[] sets =
        [
            new(tokens.Split ?? Unnamed, tokens.Images, tokens.Shards),
            .. (tokens.MoreSets ?? []).Select(s => new ExportedSet(s.Flipped ? $"{s.Split}-flipped" : s.Split, s.Images, s.Shards)),
        ];
        if (name is null && sets.Length == 1) return sets[0];
        return sets.FirstOrDefault(s => s.Name == (name ?? split)) ?? throw new InvalidRequestException(
            $"Exporting '{job}': it has {string.Join(" and ", sets.Select(s => $"'{s.Name}'"))}, "
            + (name is null ? $"none of split '{split}'. Say which with --set NAME." : $"not '{name}'. Give one of these with --set."));
    }
}
