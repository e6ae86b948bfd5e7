using PgmCluster.Silo.Errors;
using PgmCluster.Tls;

namespace PgmCluster.Silo.Options;

/// <summary>
/// The settings <c>Pgm:Tls</c>, or <c>Pgm:TlsCertificate</c>, <c>Pgm:TlsKey</c> and <c>Pgm:TlsAuthority</c>; clients have the same.
/// </summary>
public static class TlsSetting
{
    /// <param name="directory">With <c>tls.crt</c>, <c>tls.key</c> and <c>ca.crt</c>.</param>
    /// <param name="certificate">File, instead of the directory's.</param>
    /// <param name="key">File, instead of the directory's.</param>
    /// <param name="authority">File, instead of the directory's.</param>
    /// <returns>The files; null where nothing is set.</returns>
    /// <exception cref="SiloOptionsException">Some are named and others not.</exception>
    public static TlsFiles? Of(string? directory, string? certificate, string? key, string? authority)
    {
        try
        {
            return TlsFiles.Of(directory, certificate, key, authority);
        }
        catch (TlsFilesException)
        {
            throw new SiloOptionsException(
                ["Pgm:TlsCertificate, Pgm:TlsKey and Pgm:TlsAuthority are not all set: set all three, or Pgm:Tls to a directory"]);
        }
    }

    /// <summary>Why a silo cannot use the files.</summary>
    /// <returns>One sentence without a full stop; null where it can, or where there are none.</returns>
    internal static string? Problem(TlsFiles? files)
    {
        try
        {
            if (files is not null) TlsIdentity.Read(files, TlsRole.Silo);
            return null;
        }
        catch (TlsFilesException e)
        {
            return $"Pgm:Tls: {e.Message.TrimEnd('.')}";
        }
    }
}
