namespace PgmCluster.Grains.Datasets;

public sealed partial class DatasetGrain
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Dataset {Dataset} registered: "
        + "{Images} images, {Classes} classes, from {Location}")]
    private partial void LogRegistered(string dataset, int images, int classes, string location);
}
