using PgmCluster.Data.Images;

namespace PgmCluster.Data.Sources;

/// <summary>Labelled pictures in a fixed order. All members may be used from several threads at once.</summary>
public interface IImageSource : IDisposable
{
    /// <summary>The kind of source, for people: <c>idx</c>, <c>folder</c>.</summary>
    string Kind { get; }

    /// <summary>The number of pictures, at least 1.</summary>
    int Count { get; }

    /// <summary>The name of each class; a label is an index into this list.</summary>
    IReadOnlyList<string> ClassNames { get; }

    /// <summary>Files that lie among the pictures and are of other kinds: how many by extension.</summary>
    IReadOnlyDictionary<string, int> LeftOut { get; }

    /// <summary>The class of a picture.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    int Label(int index);

    /// <summary>Reads a picture in its own size.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    /// <exception cref="BadInputException">The picture is broken or has gone; the message names it.</exception>
    RgbImage Read(int index);

    /// <summary>
    /// A hash of all pictures and labels, as 64 lower-case hexadecimal digits: equal for equal content wherever it lies. The first
    /// call may read everything.
    /// </summary>
    string ContentSha256();

    /// <summary>What each picture is, by index. The first call may read everything.</summary>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="BadInputException">Pictures are broken or cannot be read; the message names them.</exception>
    IReadOnlyList<PictureIdentity> Identify(CancellationToken cancellation = default);

    /// <summary>Has every picture that is read from now on be the one that was registered.</summary>
    /// <param name="index">Of the registration; null where it made none: then all is read once in this process.</param>
    /// <param name="contentSha256">Of the registration.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="BadInputException">The source holds other pictures than then; the message names what changed.</exception>
    void Require(DatasetIndex? index, string contentSha256, CancellationToken cancellation = default);
}
