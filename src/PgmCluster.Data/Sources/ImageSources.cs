namespace PgmCluster.Data.Sources;

/// <summary>Opens a dataset by looking at what is there.</summary>
public static class ImageSources
{
    private const int NamesShown = 5;

    /// <summary>Opens a directory of IDX files or of a sub-directory per class.</summary>
    /// <exception cref="BadInputException">It is neither, or broken; the message tells what was found.</exception>
    public static IImageSource Open(string location)
    {
        if (File.Exists(location))
            throw new BadInputException($"Opening the dataset {location}: it is a file. Give the directory that holds the dataset.");
        if (!Directory.Exists(location))
            throw new BadInputException($"Opening the dataset {location}: there is no such directory. Check the path.");
        try
        {
            if (IdxSource.Recognizes(location)) return new IdxSource(location);
            if (ImageFolderSource.Recognizes(location)) return new ImageFolderSource(location);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"Opening the dataset {location}: {e.Message.TrimEnd('.')}. Make it readable for this user.", e);
        }
        throw new BadInputException(
            $"Opening the dataset {location}: found {Found(location)}. "
            + "It needs IDX files (train-images-idx3-ubyte and its labels, plain or .gz) "
            + "or a sub-directory of pictures per class.");
    }

    private static string Found(string directory)
    {
        var names = Directory.EnumerateFileSystemEntries(directory).Select(e => Path.GetFileName(e)).Order(StringComparer.Ordinal).ToList();
        if (names.Count == 0) return "an empty directory";
        var more = names.Count > NamesShown ? $" and {names.Count - NamesShown} more" : "";
        return string.Join(", ", names.Take(NamesShown)) + more;
    }
}
