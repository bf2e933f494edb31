namespace ModelBuild.Training;

internal sealed record SgdSettings(double Rate, double Momentum, bool Nesterov) : OptimizerSettings(Rate)
{
    internal override Optimizer Create() => new Sgd(this);
}
