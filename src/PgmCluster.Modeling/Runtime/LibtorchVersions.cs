namespace PgmCluster.Modeling.Runtime;

/// <summary>Versions of libtorch.</summary>
internal static class LibtorchVersions
{
    /// <summary>The version that the libraries were built for, which is the package's.</summary>
    public const string BuiltFor = "2.10.0";

    private const string OtherMark = "+other.";

    /// <summary>The text of what <c>aoti_torch_abi_version()</c> returns: a byte each for major, minor and patch, from the top.</summary>
    public static string Text(ulong abi) => $"{abi >> 56}.{abi >> 48 & 0xFF}.{abi >> 40 & 0xFF}";

    /// <summary>What fingerprints call a library: one without oneDNN computes other last bits.</summary>
    /// <param name="abi">As for <see cref="Text"/>.</param>
    /// <param name="isWithoutOneDnn">It was built without oneDNN.</param>
    public static string Name(ulong abi, bool isWithoutOneDnn) => Text(abi) + (isWithoutOneDnn ? "+without-onednn" : "");

    /// <summary>
    /// What fingerprints call a library of another major.minor than the one built for, such as "2.9.1+other.1f0c5a7be6d2": no two such
    /// libraries are taken for each other, or for one that some program was built for.
    /// </summary>
    public static string NameOfOther(string version, string sha256) => $"{version}{OtherMark}{sha256[..12]}";

    /// <summary>True for the names that <see cref="NameOfOther"/> gives.</summary>
    public static bool IsOther(string name) => name.Contains(OtherMark, StringComparison.Ordinal);

    /// <summary>"2.10" of "2.10.0".</summary>
    public static string MajorMinor(string version) => string.Join('.', version.Split('.').Take(2));
}
