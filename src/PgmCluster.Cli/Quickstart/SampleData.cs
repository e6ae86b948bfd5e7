using PgmCluster.Data;
using PgmCluster.Data.Sources;

namespace PgmCluster.Cli.Quickstart;

/// <summary>The pictures to train on.</summary>
/// <param name="Name">The dataset's name.</param>
/// <param name="Location">Its directory.</param>
/// <param name="Background">What transparent pictures are composed on, "#rrggbb"; null drops their transparency.</param>
internal sealed record SampleData(string Name, string Location, string? Background = null)
{
    /// <summary>
    /// The given directory, or the pictures that come with the program: beside it, or in the repository that it was built in.
    /// </summary>
    /// <exception cref="BadInputException">There is no such directory.</exception>
    public static SampleData Locate(string? given) => Locate(given, AppContext.BaseDirectory);

    internal static SampleData Locate(string? given, string programDirectory)
    {
        if (given is not null)
        {
            var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(given));
            if (!Directory.Exists(path))
                throw new BadInputException($"Reading the dataset {path}: there is no such directory. Check --data.");
            return new(NameOf(path), path);
        }
        if (SamplePictures.Find(programDirectory) is { } found) return new(SamplePictures.Name, found);
        throw new BadInputException(
            $"Looking for the Fashion-MNIST pictures beside {programDirectory}: there are none. Name a dataset with --data DIR.");
    }

    private static string NameOf(string path)
    {
        var letters = Path.GetFileName(path).ToLowerInvariant().Select(
            c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-');
        var name = new string([.. letters]).Trim('-', '.');
        return name.Length > 0 ? name : "data";
    }
}
