using System.Text.Json.Nodes;
using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Tokens;
using PgmCluster.Execution.Specifications;

namespace PgmCluster.Execution.Models;

/// <summary>What a specification says about its data, compared with the data.</summary>
internal static class DataClaims
{
    /// <summary>Every claim that does not hold, one line each. What the facts leave open is not compared.</summary>
    public static IEnumerable<string> Problems(IModelKind kind, TrainingSpecification specification, DataFacts facts)
    {
        if (Number(specification, "classes") is { } classes && classes < facts.Classes)
        {
            yield return $"model.classes = {classes}: "
                + $"the data have {facts.Classes} classes, and label {classes} would be trained as 'dropped'. "
                + $"Set it to {facts.Classes} or more.";
        }
        if (!kind.NeedsTokens) yield break;
        if (facts.Codebook > 0 && Number(specification, "codebook") is { } codebook && codebook != facts.Codebook)
            yield return $"model.codebook = {codebook}: the tokens are of {facts.Codebook} codes. Set it to {facts.Codebook}.";
        var data = specification.Data;
        if (facts.Height > 0 && (data.Height, data.Width) != (facts.Height, facts.Width))
            yield return $"data.height x data.width = {data.Height} x {data.Width}: "
                + $"the tokens are grids of {facts.Height} x {facts.Width}. Leave both out.";
        if (facts.ImageSize > 0 && data.ImageSize != facts.ImageSize)
            yield return $"data.imageSize = {data.ImageSize}: the tokens are of images of {facts.ImageSize} x {facts.ImageSize} pixels. "
                + "Leave it out.";
    }

    /// <summary>
    /// Compares with the tokens themselves: what was known of them when the run was specified may be less than what they are.
    /// </summary>
    /// <exception cref="BadInputException">A code, a label or the grid does not fit; the message names the shard.</exception>
    public static void Require(TrainingSpecification specification, TokenDataset tokens)
    {
        var data = specification.Data;
        if ((tokens.Height, tokens.Width) != (data.Height, data.Width))
        {
            throw new BadInputException(
                $"Opening the run's tokens: they are grids of {tokens.Height} x {tokens.Width}, the run was specified for "
                + $"{data.Height} x {data.Width}. Start a new run on them.");
        }
        tokens.Require(Number(specification, "codebook") ?? int.MaxValue, Number(specification, "classes") ?? int.MaxValue);
    }

    /// <summary>Grids and codebooks may be equal: the codes of another tokenizer stand for other pictures all the same.</summary>
    /// <param name="shard">The tokens.</param>
    /// <param name="made">SHA-256 of the weights that made them; null where they do not say.</param>
    /// <param name="decodes">What the run decodes with; null where it decodes nothing.</param>
    /// <exception cref="BadInputException">They differ; the message names both.</exception>
    public static void RequireTokenizer(ArtifactInfo shard, string? made, ArtifactInfo? decodes) => RequireTokenizer(
        shard, made, decodes, "Opening the run's tokens", "Start a new run on tokens of the tokenizer that is to decode.");

    /// <param name="shard">The tokens.</param>
    /// <param name="made">SHA-256 of the weights that made them; null where they do not say.</param>
    /// <param name="decodes">What the run decodes with; null where it decodes nothing.</param>
    /// <param name="attempt">What they are opened for, to begin the message with.</param>
    /// <param name="advice">What to do, a sentence.</param>
    /// <exception cref="BadInputException">They differ; the message names both.</exception>
    public static void RequireTokenizer(ArtifactInfo shard, string? made, ArtifactInfo? decodes, string attempt, string advice)
    {
        if (made is null || decodes is null || made == decodes.Sha256) return;
        throw new BadInputException(
            $"{attempt}: {shard.Name} was made by the tokenizer with SHA-256 {made}, and the run decodes with {decodes.Name}, "
            + $"whose SHA-256 is {decodes.Sha256}: there the same codes stand for other pictures. {advice}");
    }

    /// <summary>Classes that a model knows; null where its specification does not say.</summary>
    public static int? ClassesOf(TrainingSpecification specification) => Number(specification, "classes");

    private static int? Number(TrainingSpecification specification, string key) => (specification.Model[key] as JsonValue)?.GetValue<int>();
}
