namespace ModelBuild.Training;

internal sealed record AdamSettings(double Rate, double Beta1, double Beta2, bool IsDecoupled) : OptimizerSettings(Rate)
{
    internal override Optimizer Create() => new Adam(this);
}
