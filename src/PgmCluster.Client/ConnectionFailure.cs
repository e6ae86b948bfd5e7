using PgmCluster.Contracts.Errors;
using PgmCluster.Tls;

namespace PgmCluster.Client;

/// <summary>Why a client could not connect, in one line.</summary>
internal static class ConnectionFailure
{
    private const int LongestId = 64;

    /// <summary>Nobody answers.</summary>
    public static PgmException Silent(IEnumerable<string> gateways, Exception cause) => Of(
        PgmErrorCode.Unavailable,
        $"Trying to connect to the cluster at {string.Join(", ", gateways)}: {Found(cause)}. "
        + "Check that a silo runs there, and that this is its gateway's port.", cause);

    /// <summary>Who answers is not trusted.</summary>
    public static PgmException Untrusted(IEnumerable<string> gateways, SettingNames names, TlsRefusedException cause) => Of(
        PgmErrorCode.Denied,
        $"Trying to connect to the cluster at {string.Join(", ", gateways)}: {Found(cause)}. "
        + "Check that this is a gateway's port, that silos there have certificates, and that they are of the authority of this client's "
        + $"({names.Tls}).", cause);

    /// <summary>A gateway of another cluster has answered.</summary>
    public static PgmException OtherCluster(
        IEnumerable<string> gateways, string clusterId, string other, SettingNames names, Exception cause) => Of(
        PgmErrorCode.Invalid,
        $"Trying to connect to cluster '{clusterId}' at {string.Join(", ", gateways)}: a gateway answered; its cluster is "
        // Whoever it is: what it says of itself is short and one line here.
        + $"'{new string([.. other.Take(LongestId).Select(c => char.IsControl(c) || c == '\'' ? '?' : c)])}'. "
        + $"Give that id ({names.ClusterId}), or name gateways of '{clusterId}'.", cause);

    /// <summary>Connections are ended before anything was said.</summary>
    public static PgmException Refused(
        IEnumerable<string> gateways, string clusterId, bool hasTls, SettingNames names, Exception cause) => Of(
        PgmErrorCode.Invalid,
        $"Trying to connect to cluster '{clusterId}' at {string.Join(", ", gateways)}: "
        + "what listens there ends the connection at the greeting. "
        + $"Check that this is a gateway's port, and that '{clusterId}' is the id of its cluster ({names.ClusterId}); "
        + (hasTls
            ? "the silo's log says whether it refused this client's certificate."
            : $"a silo that wants a certificate asks for {names.Tls}."),
        cause);

    /// <summary>What was found, without a full stop.</summary>
    public static string Found(Exception cause) =>
        cause is OperationCanceledException ? "no answer in time" : cause.Message.ReplaceLineEndings(" ").TrimEnd('.');

    private static PgmException Of(PgmErrorCode code, string message, Exception cause) => new(message, cause) { Code = code };
}
