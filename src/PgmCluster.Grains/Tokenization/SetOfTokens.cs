using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Tokenization;

namespace PgmCluster.Grains.Tokenization;

/// <summary>One of the sets of tokens that a tokenization makes: a run of its units.</summary>
/// <param name="Run">Name of the run.</param>
/// <param name="Split">Of the dataset.</param>
/// <param name="Flipped">Whether its images are mirrored.</param>
internal sealed record SetOfTokens(string Run, string Split, bool Flipped)
{
    private const string Mirrored = "flipped", First = "shard";

    /// <summary>The sets of a request, the one that is asked for first without a name as before there were others.</summary>
    public static IReadOnlyList<SetOfTokens> Of(TokenizationRequest request)
    {
        var sets = new List<SetOfTokens>();
        foreach (var (i, split) in request.AlsoSplits.Prepend(request.Split).Index())
        {
            var name = i == 0 ? "" : IsPlain(split) ? split : $"split-{i}";
            sets.Add(new SetOfTokens(name, split, false));
            if (request.Flips) sets.Add(new SetOfTokens(name.Length == 0 ? Mirrored : $"{name}-{Mirrored}", split, true));
        }
        return sets;
    }

    /// <exception cref="InvalidRequestException">A split is named twice.</exception>
    public static void Check(string job, TokenizationRequest request)
    {
        if (request.AlsoSplits.Prepend(request.Split).GroupBy(s => s).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new InvalidRequestException($"Starting tokenization '{job}': split '{twice.Key}' is named twice. Name each once.");
    }

    /// <summary>The artifact of a shard.</summary>
    public string Output(string job, int number) => $"tokens/{job}/{(Run.Length == 0 ? First : Run)}-{number:00000}.safetensors";

    /// <summary>What a source calls a split may be no name of a file.</summary>
    private static bool IsPlain(string split) =>
        split.Length is > 0 and < 50 && split is not (Mirrored or First) && split.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}
