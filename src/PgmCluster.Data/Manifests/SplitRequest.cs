namespace PgmCluster.Data.Manifests;

/// <summary>How much of a dataset is held out for validation.</summary>
/// <param name="Images">So many; 0 where the share says it, or where the source's own splits are taken.</param>
/// <param name="Share">
/// Above 0 and below 1: that share, and at least two, of a source that has no splits of its own. 0 where the number says it.
/// </param>
public sealed record SplitRequest(int Images, double Share)
{
    /// <summary>How many of some pictures.</summary>
    /// <exception cref="BadInputException">There are not as many, or the share is none.</exception>
    public int Held(int pictures)
    {
        if (Share is < 0 or >= 1 or double.NaN)
            throw new BadInputException(
                $"Registering the dataset: a share of {Share} for validation asked for. Give one above 0 and below 1.");
        var held = Share > 0 ? Math.Max(2, (int)Math.Round(Share * pictures)) : Images;
        return held >= 0 && held < pictures ? held : throw new BadInputException(
            $"Registering the dataset: {held} validation images asked for, the source has {pictures}. Give 0 to {pictures - 1}.");
    }
}
