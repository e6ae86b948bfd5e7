namespace PgmCluster.Grains.Datasets;

public sealed partial class DatasetGrain
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Dataset {Dataset} registered: "
        + "{Images} images, {Classes} classes, from {Location}")]
    private partial void LogRegistered(string dataset, int images, int classes, string location);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Comparing the catalog with the record of dataset {Dataset} failed; "
        + "it is done again when the dataset is read next")]
    private partial void LogNotCatalogued(Exception exception, string dataset);
}
