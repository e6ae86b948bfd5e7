namespace PgmCluster.Modeling.Runtime;

/// <summary>Versions of libtorch.</summary>
internal static class LibtorchVersions
{
    /// <summary>The version that the libraries were built for, which is the package's.</summary>
    public const string BuiltFor = "2.10.0";

    /// <summary>The text of what <c>aoti_torch_abi_version()</c> returns: a byte each for major, minor and patch, from the top.</summary>
    public static string Text(ulong abi) => $"{abi >> 56}.{abi >> 48 & 0xFF}.{abi >> 40 & 0xFF}";

    /// <summary>"2.10" of "2.10.0".</summary>
    public static string MajorMinor(string version) => string.Join('.', version.Split('.').Take(2));
}
