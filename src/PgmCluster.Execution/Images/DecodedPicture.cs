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
    /// <summary>
    /// Its bytes cannot be decoded, although they are those that were registered: so it is for everybody. Null for any other problem: a
    /// file that has gone or changed is not left out.
    /// </summary>
    public UndecodablePictureException? Undecodable => Problem as UndecodablePictureException;

    /// <summary>The picture.</summary>
    /// <exception cref="BadInputException">It cannot be decoded; the message names it.</exception>
    public RgbImage Require()
    {
        if (Problem is not null) ExceptionDispatchInfo.Throw(Problem);
        return Image!;
    }
}
