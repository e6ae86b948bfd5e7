using System.Data.Common;

namespace PgmCluster.Silo.Storage;

/// <summary>A statement with the values of its parameters.</summary>
internal sealed record Statement(string Sql, (string Name, object Value)[] Parameters);
