using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Data.Formats;
using PgmCluster.Grains.Jobs;

namespace PgmCluster.Grains.Evaluation;

/// <summary>The tokens that a likelihood is asked for of.</summary>
/// <param name="Set">Those of the split.</param>
/// <param name="Made">The tokenization.</param>
/// <param name="Remark">See <see cref="LikelihoodScore.Remark"/>.</param>
internal sealed record LikelihoodTokens(TokenSet Set, TokenizationResult Made, string? Remark)
{
    /// <summary>Finds the split's tokens, and checks that the model's codes and classes are theirs.</summary>
    /// <exception cref="InvalidRequestException">
    /// They are not, or there is no such split among the tokens; the message says what to do.
    /// </exception>
    public static async Task<LikelihoodTokens> Of(IGrainFactory grains, string job, LikelihoodRequest request, Lineage lineage)
    {
        var (model, tokens) = (request.Model, request.Tokens);
        InvalidRequestException Refusal(string why) => new($"Starting likelihood '{job}': {why}.");
        var made = await Lineage.TokensOf(grains, tokens);
        if (await Lineage.MakerOf(grains, tokens) is { } maker && maker != lineage.Tokenizer.Sha256)
            throw Refusal(
                $"tokens '{tokens}' were made by tokenizer '{made.Tokenizer}' (weights {maker[..12]}), run '{model}' was trained on "
                + $"codes of tokenizer '{lineage.TokenizerRun}' (weights {lineage.Tokenizer.Sha256[..12]}), where the same codes stand for "
                + $"other pictures. Name tokens of '{lineage.TokenizerRun}'");
        var (dataset, trainedOn) = (await grains.GetGrain<ITokenizationJobGrain>(tokens).GetDataset(), lineage.Dataset);
        // Where no dataset was named with imported tokens there are as many numbers as labels occur.
        if (dataset.ClassNames.Zip(trainedOn.ClassNames).Any(names => names.First != names.Second))
            throw Refusal(
                $"tokens '{tokens}' are of dataset '{dataset.Name}', whose classes are others than those of '{trainedOn.Name}', which run "
                + $"'{model}' was trained on. Name tokens of '{trainedOn.Name}'");
        var sets = Sets(made);
        var set = sets.FirstOrDefault(s => s.Split == request.Split) ?? throw Refusal(
            $"tokens '{tokens}' have no split '{request.Split}', only {string.Join(", ", sets.Select(s => $"'{s.Split}'"))}. "
            + $"Make them with 'pgm tokenize ID --dataset {trainedOn.Name} --tokenizer {lineage.TokenizerRun} --split {request.Split}' "
            + "and name that ID, or choose one that is there with --split");
        if (set.Images == 0) throw Refusal($"split '{request.Split}' of tokens '{tokens}' has no images. Name another split");
        var trained = lineage.Tokens.Shards.Select(s => s.File.Sha256).ToHashSet();
        return new LikelihoodTokens(
            set, made, set.Shards.Any(s => trained.Contains(s.File.Sha256))
                ? $"run '{model}' was trained on these images: this is no score of held-out ones"
                : null);
    }

    private static List<TokenSet> Sets(TokenizationResult made) =>
    [
        new TokenSet { Split = made.Split ?? SplitNames.Train, Images = made.Images, Shards = made.Shards },
        .. (made.MoreSets ?? []).Where(s => !s.Flipped),
    ];
}
