using System.Runtime.ExceptionServices;
using PgmCluster.Data;
using PgmCluster.Data.Images;

namespace PgmCluster.Execution.Images;

/// <summary>A prepared picture, or why there is none.</summary>
/// <param name="Index">Of the picture.</param>
/// <param name="Image">The picture; null where it cannot be decoded.</param>
/// <param name="Problem">What is wrong with it; null where it is there.</param>
internal readonly record struct DecodedPicture(int Index, RgbImage? Image, Exception? Problem)
{
    /// <summary>The picture cannot be decoded, or is not what was registered; anything else has nothing to do with the picture.</summary>
    public bool IsBad => Problem is BadInputException;

    /// <summary>The picture.</summary>
    /// <exception cref="BadInputException">It cannot be decoded; the message names it.</exception>
    public RgbImage Require()
    {
        if (Problem is not null) ExceptionDispatchInfo.Throw(Problem);
        return Image!;
    }
}
