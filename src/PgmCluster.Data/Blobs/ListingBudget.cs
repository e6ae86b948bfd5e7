namespace PgmCluster.Data.Blobs;

/// <summary>What all pages, lines and braces of one listing may come to in all, however they are spread: others wrote them.</summary>
/// <param name="what">What is attempted, for messages.</param>
internal sealed class ListingBudget(string what)
{
    public const int MostNames = 1_000_000;

    /// <summary>Characters of names, and bytes of pages: a million names of 250 each.</summary>
    private const long MostCharacters = 256L << 20, MostBytes = 256L << 20;

    private long _names, _characters, _bytes;

    /// <summary>Counts names before they are made.</summary>
    /// <param name="names">How many.</param>
    /// <param name="longest">Characters of the longest.</param>
    /// <exception cref="BadInputException">They are too many or too long, with those before.</exception>
    public void Take(long names, long longest)
    {
        if (names > MostNames - _names) throw Bad($"it stands for over {MostNames} names");
        _names += names;
        _characters += names * longest;
        if (_characters > MostCharacters) throw Bad($"it stands for names of over {MostCharacters} characters in all");
    }

    /// <summary>Counts bytes of pages and texts.</summary>
    /// <exception cref="BadInputException">They are too many, with those before.</exception>
    public void TakeBytes(int bytes)
    {
        _bytes += bytes;
        if (_bytes > MostBytes) throw Bad($"its pages are larger than {MostBytes >> 20} MiB in all");
    }

    private BadInputException Bad(string found) =>
        new($"{what}: {found}. Register its parts as datasets of their own, or pack files into archives.");
}
