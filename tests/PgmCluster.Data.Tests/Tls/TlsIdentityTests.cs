using PgmCluster.Data.Tls;

namespace PgmCluster.Data.Tests.Tls;

public sealed class TlsIdentityTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Read_FilesThatDoNotBelongTogether_SaysWhichAndWhatToDo()
    {
        TlsAuthority.Create(_directory.File("a"), TimeProvider.System);
        TlsAuthority.Create(_directory.File("b"), TimeProvider.System);
        TlsAuthority.Create(_directory.File("old"), new OtherTime(-TlsAuthority.CertificateLife - TimeSpan.FromDays(1)));
        TlsAuthority.Create(_directory.File("early"), new OtherTime(TimeSpan.FromDays(1)));
        var (good, other) = (TlsFiles.In(_directory.File("a/silo")), TlsFiles.In(_directory.File("b/silo")));
        File.WriteAllText(_directory.File("none.crt"), "no certificate");

        Refused(good with { Key = other.Key }, "it holds no key to");
        Refused(good with { Authority = other.Authority }, "does not vouch for it");
        Refused(good with { Authority = good.Certificate }, "is not the certificate of an authority");
        Refused(good with { Certificate = _directory.File("absent.crt") }, "there is no such file");
        Refused(good with { Authority = _directory.File("none.crt") }, "it holds no certificate in PEM");
        Refused(TlsFiles.In(_directory.File("old/silo")), "it ended on");
        Refused(TlsFiles.In(_directory.File("early/silo")), "it begins on");
        Refused(TlsFiles.In(_directory.File("a/service")), "its role is service, and silo is needed here");
        // An authority's own certificate says no role.
        Refused(new TlsFiles(good.Authority, _directory.File("a/ca.key"), good.Authority), "it says no role");
    }

    [Fact]
    public void Read_SeveralAuthorities_TrustsAllOfThem()
    {
        TlsAuthority.Create(_directory.File("a"), TimeProvider.System);
        TlsAuthority.Create(_directory.File("b"), TimeProvider.System);
        var files = TlsFiles.In(_directory.File("a/silo"));
        var other = TlsFiles.In(_directory.File("b/silo"));
        File.AppendAllText(files.Authority, File.ReadAllText(other.Authority));

        TlsIdentity.Read(files, TlsRole.Silo);
        TlsIdentity.Read(files with { Certificate = other.Certificate, Key = other.Key }, null);
    }

    private static void Refused(TlsFiles files, string reason)
    {
        var e = Assert.Throws<BadInputException>(() => TlsIdentity.Read(files, TlsRole.Silo));
        Assert.Contains(reason, e.Message);
        Assert.DoesNotContain('\n', e.Message);
        Assert.DoesNotContain("PRIVATE KEY", e.Message);
    }
}
