using PgmCluster.Silo.Hosting;

namespace PgmCluster.Silo.Errors;

/// <summary>A silo did not start. <see cref="Exception.Message"/> is one line: what was attempted, what was found, what to do.</summary>
public sealed class SiloStartException(string message, Exception? innerException = null) : Exception(message, innerException);
